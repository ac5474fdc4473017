"""Every event of one answer as a line of JSON, packed, and as the file that is saved.

The first line of a file says what was asked by which contract; each further line is one event.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import orjson

from tokentape.contract.contract import Contract, Json
from tokentape.contract.timeline import Malformed, Seen, as_json, see
from tokentape.dialects.contracts import CONTRACTS
from tokentape.json_depth import read_json
from tokentape.ui.answer.browser_state import question_of, record_of
from tokentape.ui.answer.question import Question

EVENTS_MAX = 300_000
"""Events that a recording holds; what comes after them is in no file."""
FILE_MAX_BYTES = 64_000_000
LINE_MAX_BYTES = 4_000_000
"""A line of a file. Reading one halts every other stream of the server meanwhile."""
_BLOCK = 256
"""Lines that are packed together: what one look into the middle costs to unpack."""
_FORMAT = "timeline"
_OFFSET_MAX_MS = 86_400_000.0


class BadTimelineFile(Exception):
    """A file is no saved timeline; the message names the line and what is wrong with it."""


class TimelineFile:
    """The lines of one answer; 200,000 events take about 5 MB."""

    def __init__(self) -> None:
        self._packed: list[bytes] = []
        self._open: list[bytes] = []

    def __len__(self) -> int:
        return len(self._packed) * _BLOCK + len(self._open)

    def add(self, event: Seen, started_ns: int) -> None:
        """Keep one event, packed; past `EVENTS_MAX` no more are kept."""
        if len(self) >= EVENTS_MAX:
            return
        self._open.append(orjson.dumps(as_json(event, started_ns)))
        if len(self._open) == _BLOCK:
            self._packed.append(zlib.compress(b"\n".join(self._open), 1))
            self._open = []

    def lines(self, first: int, count: int) -> list[bytes]:
        """The lines from `first` on, as many as there are."""
        first = max(0, first)
        lines: list[bytes] = []
        for number in range(first // _BLOCK, len(self._packed) + 1):
            if number * _BLOCK >= first + count:
                break
            block = self._block(number)
            start = max(0, first - number * _BLOCK)
            lines += block[start : first + count - number * _BLOCK]
        return lines

    def __iter__(self) -> Iterator[bytes]:
        for number in range(len(self._packed) + 1):
            yield from self._block(number)

    def _block(self, number: int) -> list[bytes]:
        if number == len(self._packed):
            return list(self._open)
        return zlib.decompress(self._packed[number]).split(b"\n")


def header(
    question: Question, script: str | None, plan: Sequence[tuple[float, int]], began_ns: int = 0
) -> bytes:
    """The first line of a file. `began_ns` is CLOCK_MONOTONIC where offsets are counted from."""
    head = {
        "tokentape": _FORMAT,
        "version": 1,
        "contract": question.contract,
        "asked": record_of(question),
        "began_ns": began_ns,
        "script": script,
        "plan": [list(point) for point in plan],
    }
    line = orjson.dumps(head)
    return line if len(line) <= LINE_MAX_BYTES else orjson.dumps({**head, "script": None})


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Saved:
    """A timeline that was saved: the question, the script if it was known, and the events with
    their offsets as times."""

    question: Question
    contract: Contract
    script: str | None
    plan: tuple[tuple[float, int], ...]
    events: tuple[Seen, ...]


def read(content: bytes) -> Saved:
    """A file's content. Raises `BadTimelineFile`."""
    if len(content) > FILE_MAX_BYTES:
        raise BadTimelineFile(f"The file has over {FILE_MAX_BYTES:,} bytes.")
    lines = content.splitlines()
    if not lines:
        raise BadTimelineFile("The file is empty.")
    if len(lines) > EVENTS_MAX + 1:
        raise BadTimelineFile(f"The file has over {EVENTS_MAX:,} events.")
    head = _object(lines[0], 1)
    if head.get("tokentape") != _FORMAT or head.get("version") != 1:
        raise BadTimelineFile("Line 1 does not say that this is a timeline of version 1.")
    contract = CONTRACTS.get(str(head.get("contract")))
    if contract is None:
        known = ", ".join(CONTRACTS)
        raise BadTimelineFile(f"Line 1: contract is {head.get('contract')!r}, not one of {known}.")
    question = question_of({**_mapping(head.get("asked")), "contract": contract.key})
    if question is None:
        raise BadTimelineFile("Line 1: asked has no message.")
    events: list[Seen] = []
    for number, line in enumerate(lines[1:], 2):
        events.append(_event(contract, _object(line, number), number, events))
    script = head.get("script")
    return Saved(
        question,
        contract,
        script if isinstance(script, str) else None,
        tuple(_points(head.get("plan"))),
        tuple(events),
    )


def _event(contract: Contract, line: Mapping[str, Json], number: int, before: list[Seen]) -> Seen:
    offset_ms = line.get("offset_ms")
    if not isinstance(offset_ms, int | float) or not 0 <= offset_ms <= _OFFSET_MAX_MS:
        raise BadTimelineFile(
            f"Line {number}: offset_ms is {offset_ms!r}, not milliseconds from 0."
        )
    at_ns = round(offset_ms * 1e6)
    if before and at_ns < before[-1].at_ns:
        raise BadTimelineFile(f"Line {number}: offset_ms {offset_ms:g} is before the line above.")
    event, payload, read = line.get("event", ""), line.get("payload"), line.get("read", 0)
    if not isinstance(event, str):
        raise BadTimelineFile(f"Line {number}: event is {event!r}, not a text.")
    if line.get("kind") is None and isinstance(payload, dict) and set(payload) == _MALFORMED:
        payload = Malformed(str(payload["raw"]), str(payload["problem"]))
    run, seq = line.get("run"), line.get("seq")
    event_id = f"{run}:{seq}" if isinstance(run, str) and isinstance(seq, int) else ""
    place = read if isinstance(read, int) else 0
    return see(contract, event, payload, at_ns=at_ns, event_id=event_id, read=place)


_MALFORMED = {"raw", "problem"}


def _object(line: bytes, number: int) -> Mapping[str, Json]:
    if len(line) > LINE_MAX_BYTES:
        raise BadTimelineFile(f"Line {number} has over {LINE_MAX_BYTES:,} bytes.")
    try:
        lines = read_json(line)
    except ValueError as error:
        raise BadTimelineFile(f"Line {number} is not JSON: {error}.") from None
    if not isinstance(lines, dict):
        raise BadTimelineFile(f"Line {number} is not an object.")
    return lines


def _mapping(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _points(value: Json) -> Iterator[tuple[float, int]]:
    for point in value if isinstance(value, list) else ():
        match point:
            case [int() | float() as ms, int(characters)]:
                yield float(ms), characters
