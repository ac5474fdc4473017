"""Faults planted in one of 200 streams under 100 users are found, counted right, and fail the run:
on the wire of each transport by the metronome, and in the model's stream behind every dialect."""

from collections import Counter
from collections.abc import Iterable, Mapping

from tokentape.contract.contract import Contract
from tokentape_load.child_processes.servers import Stack, metronome, own_stack
from tokentape_load.metrics.run_results import EXIT_CODES, FAILED, Results
from tokentape_load.metronome.contract import DIALECT
from tokentape_load.metronome.dialects_in_parts import DIALECTS_IN_PARTS
from tokentape_load.metronome.schedule import FAULTS
from tokentape_load.proofs.proof import Evidence, Shown
from tokentape_load.run.locust_process import run
from tokentape_load.run.run_config import RunConfig
from tokentape_load.workload.targets import chosen, served

USERS, EVERY, TURNS = 100, 200, 20
_SILENCE_S = 10.0

ON_THE_WIRE: dict[str, str] = {
    "swap": "swap@5",
    "duplicate": "duplicate@5",
    "drop": "drop@5",
    "stall": "stall@5:4s",
    "no end": "no-end@5",
    "early buffering": "buffer@20",
}
OF_PARTS: dict[str, str] = {"open part": "left-open@5"}
"""On the wire of dialects that tell an answer in parts alone."""

IN_THE_MODEL: Mapping[str, tuple[str, str]] = {
    "swap": ("reorder@5", "text_reordered"),
    "duplicate": ("duplicate@5", "text_repeated"),
    "drop": ("lose@5", "text_lost"),
    "stall": ("stall@5:4s", "stalled"),
    # A server that tells its clients so has done what it can.
    "no end": ("cut@5", "failed"),
    # All of an answer; of less the mock says that it is right, if unusual.
    "early buffering": ("join@first", "buffered"),
}


def prove(
    dialects: str = "", users: int = USERS, every: int = EVERY, turns: int = TURNS
) -> Evidence:
    """For every dialect, or for those of a comma-separated list. Raises `ValueError`."""
    named = {contract.key for contract in chosen(dialects)}

    def keys_of(contracts: Iterable[Contract]) -> tuple[str, ...]:
        return tuple(one.key for one in contracts if not named or one.key in named)

    in_parts = keys_of(chosen(",".join(DIALECTS_IN_PARTS)))
    numbered = (*keys_of(chosen(DIALECT)), *in_parts)
    with metronome() as server:
        for name, fault in (ON_THE_WIRE | OF_PARTS).items():
            keys = in_parts if name in OF_PARTS else numbered
            if not keys:
                continue
            asked = _config(Stack(server.url, server.url), keys, fault, users, every, turns)
            yield from _counted(f"{name} on the wire", _kind(fault), run(asked), len(keys))
    with own_stack(0) as stack:
        keys = keys_of(served())
        for name, (fault, kind) in IN_THE_MODEL.items() if keys else ():
            asked = _config(stack, keys, fault, users, every, turns)
            results = run(asked, token=stack.token)
            yield from _counted(f"{name} in the model's stream", kind, results, len(keys))


def _kind(fault: str) -> str:
    return FAULTS[fault.partition("@")[0]][1]


def _config(
    stack: Stack, keys: tuple[str, ...], fault: str, users: int, every: int, turns: int
) -> RunConfig:
    return RunConfig(
        host=stack.host,
        mock=stack.mock,
        users=users,
        run_time_s=300.0,
        turns=turns,
        contracts=keys,
        journeys=("chat=1",),
        directive="tokens=24 first=100ms gap=40ms",
        faults=(fault,),
        fault_every=every,
        max_gap_ms=3_000.0 if fault.startswith("stall") else None,
        silence_s=_SILENCE_S,
        sub=stack.sub,
        quiet=True,
    )


def _counted(name: str, kind: str, results: Results | None, contracts: int) -> Evidence:
    if results is None:
        yield Shown(f"{name}: there was no run", right=False)
        return
    rows = [row for row in results.rows if row.answered]
    for row in rows:
        told = ", ".join(f"{k} {n}" for k, n in row.violations.items()) or "nothing"
        yield Shown(
            f"{name}: {row.contract}: {row.planted} planted in {row.answered}, found {told}",
            right=row.planted == row.planted_found == row.wrong
            and row.violations == ({kind: row.planted} if row.planted else {}),
        )
    planted: Counter[str] = Counter()
    for row in rows:
        planted[row.contract.partition("/")[2]] += row.planted
    told = ", ".join(f"{count} over {transport}" for transport, count in planted.items())
    code = EXIT_CODES.get(results.judgement) if results.judgement else None
    yield Shown(
        f"{name}: planted {told}; the run {results.judgement}, exit code {code}",
        right=code == FAILED and len(rows) == contracts and all(planted.values()),
    )
