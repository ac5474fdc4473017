"""Answers made by hand: timelines at known times, for the parts that judge and count."""

from collections.abc import Sequence

from tokentape.contract.script import Script
from tokentape.contract.timeline import Seen, see
from tokentape.dialects.ai_chat.contract import SSE
from tokentape_load.judging.answer_result import ServerReport, View
from tokentape_load.workload.prompts import Question

MS = 1_000_000
START_NS = 1_000 * MS
WORDS = ("Once ", "upon ", "a ", "time.")
QUESTION = Question("hello (turn 0/1/0)", "(turn 0/1/0)", planted=False)


def seen(
    words: Sequence[str] = WORDS,
    *,
    first_ms: int = 200,
    gap_ms: int = 20,
    end: bool = True,
    start_ns: int = START_NS,
) -> tuple[Seen, ...]:
    """An `ai-chat/sse` answer; its end comes with the last word."""
    payloads: list[dict[str, object]] = [{"content": word} for word in words]
    times = [start_ns + (first_ms + number * gap_ms) * MS for number in range(len(words))]
    if end:
        payloads.append({"done": True})
        times.append(times[-1] if times else start_ns + first_ms * MS)
    return tuple(
        see(SSE, "", {**payload, "runId": "r", "seq": seq}, at_ns=at_ns, read=seq)
        for seq, (payload, at_ns) in enumerate(zip(payloads, times, strict=True))
    )


def view(
    words: Sequence[str] = WORDS,
    *,
    first_ms: int = 200,
    gap_ms: int = 20,
    end: bool = True,
    start_ns: int = START_NS,
) -> View:
    timeline = seen(words, first_ms=first_ms, gap_ms=gap_ms, end=end, start_ns=start_ns)
    return View(start_ns, timeline, closed_ns=timeline[-1].at_ns)


def told(
    *,
    first_ms: int = 195,
    gap_ms: int = 20,
    harms: tuple[str, ...] = (),
    words: tuple[str, ...] = WORDS,
    start_ns: int = START_NS,
) -> ServerReport:
    """What the mock was told to say, its frames written at these times."""
    script = Script(
        text="".join(words),
        chunks=words,
        written_ns=tuple(
            start_ns + (first_ms + number * gap_ms) * MS for number in range(len(words))
        ),
        asked_ns=start_ns + 3 * MS,
        ended_ns=None,
        state="completed",
    )
    return ServerReport(script, harms)
