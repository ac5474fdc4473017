"""Calibration: a short run of the same load users against known times; its error is the error bar
of the run that follows."""

from tokentape_load.child_processes.servers import metronome
from tokentape_load.metrics.run_results import Calibrated, Results, Row, shown_ms
from tokentape_load.metronome.contract import DIALECT
from tokentape_load.run.locust_process import run
from tokentape_load.run.run_config import RunConfig
from tokentape_load.workload.targets import chosen

STREAMS_MAX = 150
_TOKENS, _FIRST_MS, _GAP_MS = 50, 200, 20
_TURNS = 2
_LONGEST_S = 30.0


def calibrate(users: int, seed: int = 0) -> tuple[Calibrated, ...]:
    """As many streams at once as the run will have, up to `STREAMS_MAX`, over all transports.

    Raises `NotReady`.
    """
    contracts = chosen(DIALECT)
    streams = max(len(contracts), min(users, STREAMS_MAX))
    with metronome() as server:
        results = run(known_times(server.url, server.url, streams, seed, DIALECT))
    return () if results is None else calibrated(results)


def known_times(
    host: str, mock: str, streams: int, seed: int, dialects: str, turns: int = _TURNS
) -> RunConfig:
    """A run whose every time is known."""
    return RunConfig(
        host=host,
        mock=mock,
        users=streams,
        spawn_rate=float(streams),  # all within a second: users are not in step
        run_time_s=_LONGEST_S,
        turns=turns,
        contracts=tuple(contract.key for contract in chosen(dialects)),
        journeys=("chat=1",),
        seed=seed,
        directive=f"tokens={_TOKENS} first={_FIRST_MS}ms gap={_GAP_MS}ms",
        quiet=True,
    )


def calibrated(results: Results) -> tuple[Calibrated, ...]:
    """What a run against known times reported, by transport."""
    return tuple(_of(row, results.setup.users) for row in results.rows)


def _of(row: Row, streams: int) -> Calibrated:
    def shown(name: str, percent: float) -> float | None:
        values = row.figures.get(name)
        return None if values is None else shown_ms(values, percent)

    return Calibrated(
        transport=row.contract.partition("/")[2],
        streams=streams,
        planned_ttft_ms=_FIRST_MS,
        planned_icl_ms=_GAP_MS,
        ttft_p50_ms=shown("TTFT", 50),
        icl_p99_ms=shown("ICL", 99),
        error_p50_ms=shown("added", 50),
        error_p99_ms=shown("added", 99),
    )
