"""Against known times the load users report them: 200 ms to the first token, 20 ms between two."""

from collections.abc import Callable
from functools import partial
from statistics import median

from tokentape_load.child_processes.servers import metronome, own_mock
from tokentape_load.metrics.run_results import Calibrated, Results
from tokentape_load.metronome.contract import DIALECT
from tokentape_load.proofs.proof import Evidence, Shown
from tokentape_load.run.calibration import calibrated, known_times
from tokentape_load.run.locust_process import run

STREAMS = 150
TTFT_MS, ICL_MS = 3.0, 4.0
"""By how much a reported figure may be off the plan."""

_TURNS = 4
_ROUNDS, _TRIES = 3, 9
"""Valid runs of each, whose medians count: on a shared machine one run tells of the others' work,
too. One that calls itself invalid is taken again."""


def prove() -> Evidence:
    """SSE straight from the mock; then each transport alone from the metronome."""
    with own_mock(0) as mock:
        yield Shown(f"{STREAMS} streams at once, straight from the mock")
        asked = known_times(f"{mock.url}/v1", mock.url, STREAMS, 0, "openai", _TURNS)
        yield from _rounds(partial(run, asked))
    with metronome() as server:
        for transport in ("sse", "socketio", "websocket"):
            yield Shown(f"{STREAMS} streams at once over {transport}, from the metronome")
            key = f"{DIALECT}/{transport}"
            asked = known_times(server.url, server.url, STREAMS, 0, key, _TURNS)
            yield from _rounds(partial(run, asked))


def _rounds(once: Callable[[], Results | None]) -> Evidence:
    ran: list[Calibrated] = []
    for _ in range(_TRIES):
        results = once()
        if results is None:
            yield Shown("there was no run", right=False)
            return
        doubt = "; ".join(results.invalid) or "valid"
        yield Shown(
            f"{results.answered} answers, {results.wrong} wrong; {doubt}",
            right=results.answered > 0 and not results.wrong,
        )
        yield from (Shown(_error(one)) for one in calibrated(results))
        ran += () if results.invalid else calibrated(results)
        if len(ran) == _ROUNDS:
            break
    else:
        yield Shown(
            f"{len(ran)} of {_TRIES} runs were valid: this machine is too busy", right=False
        )
        return
    first = ran[0]
    yield _near("TTFT p50", [one.ttft_p50_ms for one in ran], first.planned_ttft_ms, TTFT_MS)
    yield _near("ICL p99", [one.icl_p99_ms for one in ran], first.planned_icl_ms, ICL_MS)


def _error(one: Calibrated) -> str:
    known = [error for error in (one.error_p50_ms, one.error_p99_ms) if error is not None]
    told = ", ".join(f"{error:.2f}" for error in known) or "unknown"
    return f"{one.transport}: from the write of a chunk to our stamp, p50 and p99: {told} ms"


def _near(name: str, values: list[float | None], planned: float, within: float) -> Shown:
    known = [value for value in values if value is not None]
    if len(known) < len(values):
        return Shown(f"{name}: not every run had one", right=False)
    each = ", ".join(f"{value:.1f}" for value in known)
    return Shown(
        f"{name} {median(known):.1f} ms, planned {planned:g} ({each})",
        right=abs(median(known) - planned) <= within,
    )
