"""Against known times the load users report them: 200 ms to the first token, 20 ms between two."""

from loadtests.calibration import calibrated, known_times
from loadtests.metronome.contract import DIALECT
from loadtests.proofs.proof import Evidence, Shown
from loadtests.results import Calibrated, Results
from loadtests.running import run
from loadtests.stack import metronome, own_mock

STREAMS = 150
TTFT_MS, ICL_MS = 3.0, 4.0
"""By how much a reported figure may be off the plan."""

_TURNS = 4


def prove() -> Evidence:
    """SSE straight from the mock; then each transport alone from the metronome."""
    with own_mock(0) as mock:
        yield Shown(f"{STREAMS} streams at once, straight from the mock")
        asked = known_times(f"{mock.url}/v1", mock.url, STREAMS, 0, "openai", _TURNS)
        yield from _compared(run(asked))
    with metronome() as server:
        for transport in ("sse", "socketio", "websocket"):
            yield Shown(f"{STREAMS} streams at once over {transport}, from the metronome")
            key = f"{DIALECT}/{transport}"
            yield from _compared(run(known_times(server.url, server.url, STREAMS, 0, key, _TURNS)))


def _compared(results: Results | None) -> Evidence:
    if results is None:
        yield Shown("there was no run", right=False)
        return
    for one in calibrated(results):
        yield Shown(
            f"{one.transport}: TTFT p50 {one.ttft_p50_ms} ms, planned {one.planned_ttft_ms:g}",
            right=_near(one.ttft_p50_ms, one.planned_ttft_ms, TTFT_MS),
        )
        yield Shown(
            f"{one.transport}: ICL p99 {one.icl_p99_ms} ms, planned {one.planned_icl_ms:g}",
            right=_near(one.icl_p99_ms, one.planned_icl_ms, ICL_MS),
        )
        yield Shown(_error(one))
    doubt = "; ".join(results.invalid) or "valid"
    yield Shown(
        f"{results.answered} answers, {results.wrong} wrong; {doubt}",
        right=results.answered > 0 and not results.wrong,
    )


def _error(one: Calibrated) -> str:
    return (
        f"{one.transport}: from the write of a chunk to our stamp p50 {one.error_p50_ms} ms,"
        f" p99 {one.error_p99_ms} ms"
    )


def _near(value: float | None, planned: float, within: float) -> bool:
    return value is not None and abs(value - planned) <= within
