"""A recording inside of a scenario: the frames that a real server sent, with their times. Pure."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from mock_openai.errors import nearest
from mock_openai.faults.payload import payload_of
from mock_openai.plan.openai_wire import CHUNKS
from mock_openai.plan.plan import PIECE, Ending, Frame, Plan
from mock_openai.plan.scripted_header import header_problem
from mock_openai.plan.wire import Wire
from mock_openai.request.parsed_request import ParsedRequest

_ENDINGS: dict[str, Ending] = {"complete": "complete", "eof": "eof", "sever": "sever"}
_KEYS = (
    "endpoint", "status", "headers", "streamed", "ending", "head_us", "end_us", "writes", "session",
)  # fmt: skip
_EVENT = b"\n\n"
LONGEST_US = 24 * 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Recording:
    """`writes` are what came together, with its time in us after the request; `session` is the one
    in which it was recorded."""

    endpoint: str
    status: int
    headers: tuple[tuple[str, str], ...]
    streamed: bool
    ending: Ending
    head_us: int
    end_us: int
    writes: tuple[tuple[int, bytes], ...]
    session: str = ""

    @classmethod
    def read(cls, value: object) -> "Recording":
        """Raises ValueError that names the mistake."""
        if not isinstance(value, dict):
            raise ValueError("recorded is a mapping")
        for key in value:
            if key not in _KEYS:
                raise ValueError(f"recorded: unknown key '{key}'{nearest(str(key), _KEYS)}")
        headers = value.get("headers") or {}
        ending = str(value.get("ending", "complete"))
        writes = value.get("writes")
        if not isinstance(headers, dict) or ending not in _ENDINGS or not isinstance(writes, list):
            raise ValueError("recorded has headers, writes, and an ending: complete, eof or sever")
        pairs = tuple((str(name).lower(), str(text)) for name, text in headers.items())
        for name, text in pairs:
            if problem := header_problem(name, text):
                raise ValueError(f"recorded: {problem}")
        return cls(
            endpoint=str(value.get("endpoint", "")),
            status=_whole(value.get("status", 200), 100, 599, "status"),
            headers=pairs,
            streamed=value.get("streamed") is True,
            ending=_ENDINGS[ending],
            head_us=_whole(value.get("head_us", 0), 0, LONGEST_US, "head_us"),
            end_us=_whole(value.get("end_us", 0), 0, LONGEST_US, "end_us"),
            writes=tuple(_increasing([_write(one) for one in writes])),
            session=str(value.get("session", "")),
        )

    def fits(self, request: ParsedRequest) -> bool:
        """Whether it answers what is asked: else the scenario's steps speak."""
        return request.endpoint == self.endpoint and (
            request.stream == self.streamed or self.status >= 400
        )

    def plan(self, speed: float, wire: Wire = CHUNKS) -> Plan:
        """As it was, `speed` times as fast."""

        def due_ns(at_us: int) -> int:
            return round(at_us / speed) * 1_000

        numbers = count()
        frames: list[Frame] = []
        chunks: list[str] = []
        for at_us, data in self.writes:
            for piece in _events(data) if self.streamed else [data]:
                frame = Frame(due_ns(at_us), piece, _kind(piece))
                text = content_of(frame, wire) if self.streamed else ""
                if text:
                    frame = frame._replace(kind="content", chunk=next(numbers))
                    chunks.append(text)
                frames.append(frame)
        return Plan(
            frames=tuple(frames),
            status=self.status,
            headers=self.headers,
            streamed=self.streamed,
            ending=self.ending,
            end_ns=due_ns(self.end_us),
            head_ns=due_ns(self.head_us),
            text="".join(chunks),
            chunks=tuple(chunks),
            wire=wire,
        )


def content_of(frame: Frame, wire: Wire) -> str:
    """The piece of answer that a recorded frame carries."""
    payload = payload_of(frame)
    return "" if payload is None else wire.content_of(payload)


def _events(data: bytes) -> Iterator[bytes]:
    """What came together, one event at a time; the last may be only the beginning of one."""
    while data:
        event, field, data = data.partition(_EVENT)
        yield event + field


def _kind(data: bytes) -> str:
    if not data.endswith(_EVENT):
        return PIECE
    return "done" if data.startswith(b"data: [DONE]") else "recorded"


def _increasing(writes: list[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Writes of the same microsecond stay apart."""
    last_us = -1
    for at_us, data in writes:
        last_us = max(at_us, last_us + 1)
        yield last_us, data


def _write(given: Any) -> tuple[int, bytes]:
    if not isinstance(given, list) or len(given) != 2:
        raise ValueError("recorded: each of writes is [time in us, text]")
    at_us = _whole(given[0], 0, LONGEST_US, "a time")
    if isinstance(given[1], str):
        return at_us, given[1].encode("utf-8", "surrogatepass")
    try:
        return at_us, base64.b64decode(given[1]["base64"], validate=True)
    except (TypeError, KeyError, binascii.Error) as error:
        raise ValueError("recorded: bytes that are no text are {base64: …}") from error


def _whole(value: object, low: int, high: int, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ValueError(f"recorded: {name} is a whole number from {low} to {high}, not {value!r}")
    return value
