"""JSON lines: one event a line, bare or in an envelope that has its name and its time. Pure.

An envelope is an object with `data` or `payload`, and of further keys only `event`, `id` and a
time: `at_us`, `at_ms`, `at_s` or `offset_ms` after the question was sent, or `time`, `ts` or
`timestamp` by the clock, in seconds or milliseconds since 1970 or as ISO 8601.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Times
from tokentape.check.recordings.recording import MOST_EVENTS, RecordedAnswer, RecordedEvent
from tokentape.client.answer_head import FIRST_BYTES, Glimpse
from tokentape.client.sse import ServerSentEvent
from tokentape.client.sse_viewer import DONE, payload_of
from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed
from tokentape.event_stream import BOM, MOST_PENDING

_OFFSETS: Mapping[str, float] = {"at_us": 1e3, "at_ms": 1e6, "offset_ms": 1e6, "at_s": 1e9}
"""Times after the question, and what makes nanoseconds of them."""
_CLOCKS = ("time", "ts", "timestamp")
_BESIDE = frozenset({"event", "id", "kind", "seq", "run", "read", *_OFFSETS, *_CLOCKS})
_BODIES = ("data", "payload", "raw")
_MILLISECONDS = 1e11
"""Above that a number since 1970 is no count of seconds."""


def lines_of(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """The lines without their ends; the last one too, if it has none. Raises `CouldNotRun`."""
    pending: list[bytes] = []
    size = 0
    for block in blocks:
        *whole, rest = block.split(b"\n")
        for line in whole:
            yield (b"".join(pending) + line).removesuffix(b"\r")
            pending, size = [], 0
        pending.append(rest)
        size += len(rest)
        if size > MOST_PENDING:
            raise CouldNotRun(f"It has a line of over {MOST_PENDING:,} bytes.")
    if rest := b"".join(pending):
        yield rest


def read_json_lines(blocks: Iterable[bytes], name: str, first_line: int = 1) -> RecordedAnswer:
    """One answer. Raises `CouldNotRun`, with the line, for times that go back."""
    reading = _Reading(name)
    for number, line in enumerate(lines_of(blocks), first_line):
        bare = line.removeprefix(BOM).strip() if number == 1 else line.strip()
        if bare:
            reading.add(bare, number)
        if len(reading.events) > MOST_EVENTS:
            raise CouldNotRun(f"{name}: it has over {MOST_EVENTS:,} events.")
    return reading.answer()


class _Time(NamedTuple):
    ns: int
    since_question: bool


class _Reading:
    """The lines so far."""

    def __init__(self, name: str) -> None:
        self.events: list[RecordedEvent] = []
        self._name = name
        self._times: set[bool | None] = set()
        """Whether times count from the question, by the clock (false), or are not there."""
        self._before_ns = 0
        self._begun = bytearray()
        self._last = b""

    def add(self, line: bytes, number: int) -> None:
        if len(self._begun) <= FIRST_BYTES:
            self._begun += line + b"\n"
        self._last = line
        payload = _payload(line)
        if not is_envelope(payload):
            self._times.add(None)
            self.events.append(RecordedEvent("", payload, "", 0, number))
            return
        time = self._time(payload, number)
        self._times.add(None if time is None else time.since_question)
        event, event_id = payload.get("event"), payload.get("id")
        if event_id is None and payload.get("run") is not None and payload.get("seq") is not None:
            event_id = f"{payload['run']}:{payload['seq']}"
        self.events.append(
            RecordedEvent(
                event if isinstance(event, str) else "",
                _body(payload),
                event_id if isinstance(event_id, str) else "",
                0 if time is None else time.ns,
                number,
            )
        )

    def _time(self, line: Mapping[str, Json], number: int) -> _Time | None:
        time = _time_in(line)
        if time is None:
            return None
        if self.events and time.ns < self._before_ns:
            raise CouldNotRun(f"{self._name}:{number}: its time is before that of the line above.")
        self._before_ns = time.ns
        return time

    def answer(self) -> RecordedAnswer:
        times: Times = "unknown"
        if self._times == {True}:
            times = "known"
        elif self._times == {False}:
            times = "gaps"
        unfinished = ""
        if self.events and isinstance(self.events[-1].payload, Malformed) and _is_cut(self._last):
            unfinished = self._last.decode("utf-8", "replace")
            del self.events[-1]
        began = bytes(self._begun[:FIRST_BYTES])
        return RecordedAnswer(
            events=self.events,
            times=times,
            started_ns=self.events[0].at_ns if self.events and times == "gaps" else 0,
            unfinished=unfinished,
            glimpse=Glimpse(None, (), began, len(self._begun) > FIRST_BYTES),
        )


def is_envelope(value: Json) -> bool:
    """Whether it is an event with its name, id or time around it."""
    if not isinstance(value, dict) or not any(key in value for key in _BODIES):
        return False
    beside = value.keys() - set(_BODIES) - {"problem"}
    return bool(beside) and beside <= _BESIDE


def _payload(line: bytes) -> Json:
    try:
        text = line.decode()
    except UnicodeDecodeError:
        text = line.decode("utf-8", "replace")
        return payload_of(ServerSentEvent("", text, "", not_utf8=True))
    return payload_of(ServerSentEvent("", text, ""))


def _body(line: Mapping[str, Json]) -> Json:
    if "raw" in line:
        return Malformed(str(line["raw"]), str(line.get("problem", "")))
    if "payload" in line:
        return line["payload"]
    told = line["data"]
    # As a stream has it, its data is a text that is JSON.
    return payload_of(ServerSentEvent("", told, "")) if isinstance(told, str) else told


def _time_in(line: Mapping[str, Json]) -> _Time | None:
    for key, scale in _OFFSETS.items():
        value = line.get(key)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
            return _Time(round(value * scale), True)
    for key in _CLOCKS:
        if (ns := clock_ns(line.get(key))) is not None:
            return _Time(ns, False)
    return None


def clock_ns(value: Json) -> int | None:
    """Nanoseconds since 1970, of seconds or milliseconds since then, or of a text in ISO 8601."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**53:
        # To the microsecond: more is noise of the number's own.
        return round(value * (1e3 if value > _MILLISECONDS else 1e6)) * 1_000
    if isinstance(value, str):
        try:
            return round(datetime.fromisoformat(value).timestamp() * 1e6) * 1_000
        except ValueError:
            return None
    return None


def _is_cut(line: bytes) -> bool:
    """Whether a line that is no JSON is the beginning of one."""
    return line[:1] in (b"{", b"[", b'"') and line != DONE.encode()


def first_value(line: bytes) -> Json:
    """The JSON of a file's first line; `None` where it is none."""
    try:
        return json.loads(line.removeprefix(BOM))
    except (ValueError, RecursionError):
        return None
