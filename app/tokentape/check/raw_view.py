"""Raw view: all that came of an answer, frame by frame, in lines safe for a terminal. Pure."""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from tokentape.check.observation import Observation
from tokentape.check.secrets import Secrets
from tokentape.check.unrecognized import head_lines, raw_lines
from tokentape.client.answer_head import Glimpse
from tokentape.client.raw_log import RawLog
from tokentape.contract.timeline import Malformed, Seen
from tokentape.printable import visible

MOST_BYTES = 1_048_576
"""That are kept of one answer."""
ALL_BYTES = 16 * MOST_BYTES
"""… and of all answers of a check."""

_LONGEST = 4_000
"""Characters of a line that are shown."""
_FRAME_END = re.compile(rb"(?:\r\n|\r(?!\n)|\n){2}")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class RawFrame:
    """`offset_ms` is when its last byte came, after the question; `None` where nobody knows."""

    offset_ms: float | None
    text: str
    whole: bool = True
    """Whether its end came too."""


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """What came of one answer; `lost` are the bytes that were too many to be kept."""

    called: str
    frames: tuple[RawFrame, ...]
    lost: int = 0
    head: tuple[str, ...] = ()
    """Its status and headers over HTTP, or, where no stream came, the beginning of its body too."""


def raw_answer(log: RawLog, glimpse: Glimpse | None, secrets: Secrets) -> RawAnswer:
    """The frames of what was logged: of a stream what stands between empty lines, of a socket its
    messages."""
    if log.messages:
        frames = [_frame(log, at_ns, data, secrets) for at_ns, data in log.blocks]
        return RawAnswer(log.called, tuple(frames), log.lost)
    head: Iterable[str] = ()
    if glimpse is not None:
        head = head_lines(glimpse) if log.blocks else raw_lines(glimpse)
    data = b"".join(block for _, block in log.blocks)
    ends = list(accumulate(len(block) for _, block in log.blocks))
    frames, begin = [], 0
    for match in _FRAME_END.finditer(data):
        at_ns = log.blocks[bisect_left(ends, match.end())][0]
        frames.append(_frame(log, at_ns, data[begin : match.start()], secrets))
        begin = match.end()
    if rest := data[begin:]:
        frames.append(replace(_frame(log, log.blocks[-1][0], rest, secrets), whole=False))
    shown = tuple(map(secrets.out_of_words, head))
    return RawAnswer(log.called, tuple(frames), log.lost, shown)


def _frame(log: RawLog, at_ns: int, data: bytes, secrets: Secrets) -> RawFrame:
    text = secrets.out_of_words(data.decode("utf-8", "backslashreplace"))
    return RawFrame((at_ns - log.started_ns) / 1e6, text)


def recorded_answer(observation: Observation) -> RawAnswer:
    """The frames of a recording, whose bytes stand in its file."""
    timeline, began_ns = observation.timeline, observation.started_ns
    known = observation.times != "unknown"
    frames = (
        RawFrame((seen.at_ns - began_ns) / 1e6 if known else None, _text(seen)) for seen in timeline
    )
    head: Iterable[str] = ()
    if observation.glimpse is not None:
        head = (head_lines if timeline else raw_lines)(observation.glimpse)
    return RawAnswer(observation.called, tuple(frames), head=tuple(head))


def _text(event: Seen) -> str:
    payload = event.payload
    if isinstance(payload, Malformed):
        data = payload.raw
    elif isinstance(payload, str):
        data = payload
    else:
        data = json.dumps(payload, ensure_ascii=False, default=str)
    return f"event: {event.event}\ndata: {data}" if event.event else f"data: {data}"


def lines(answer: RawAnswer) -> Iterator[str]:
    """An answer for a terminal: no character of it has power over one."""
    yield f"{answer.called.capitalize()}, as it came:"
    for line in answer.head:
        yield f"  {visible(line)}".rstrip()
    for number, frame in enumerate(answer.frames):
        at = "" if frame.offset_ms is None else f"{frame.offset_ms:9.1f} ms"
        head = f"  {number:>4} {at}  "
        for line in _lines(frame.text):
            yield f"{head}{line}".rstrip()
            head = " " * len(head)
        if not frame.whole:
            yield f"{head}(and no end of it)"
    if not answer.frames and not answer.head:
        yield "  (nothing)"
    if answer.lost:
        yield f"  … and {answer.lost:,} bytes more"


def _lines(text: str) -> Sequence[str]:
    shown = []
    for line in _LINE_END.split(text):
        more = len(line) - _LONGEST
        shown.append(visible(line[:_LONGEST]) + (f" … {more:,} more" if more > 0 else ""))
    return shown
