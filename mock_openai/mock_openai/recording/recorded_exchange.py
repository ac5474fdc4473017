"""The recorder's memory of one exchange, and the scenario file that it becomes. No I/O.

Only headers of a short list are stored; what is secret is blanked wherever it stands.
"""

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
import yaml

from mock_openai.endpoints import ENDPOINTS, Endpoint
from mock_openai.errors import ApiError
from mock_openai.plan.plan import Ending, Frame
from mock_openai.plan.wire import Wire
from mock_openai.planning.lenient_read import read_leniently
from mock_openai.recording.redaction import Redaction
from mock_openai.request.json_body import parse_body
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.request.request_digest import request_digest
from mock_openai.request.secret_values import BLANK
from mock_openai.scenarios.replay import content_of

STORED_HEADERS = re.compile(
    r"content-type|retry-after|openai-(processing-ms|version)|(x|anthropic)-ratelimit-[\w-]+"
)
LONGEST_PATTERN = 4_000  # characters
LONGEST_BLANKED = 400  # with gaps: each byte is an instruction then, and those are few
NAME_DIGITS = 12
"""Of the digest, in the name of a recording."""
_EVENT_END = re.compile(rb"\r?\n\r?\n")
_LAST_EVENT = re.compile(
    rb"^(?:data: ?\[DONE\]"
    rb"|event: ?(?:response\.(?:completed|failed|incomplete|cancelled)|message_stop)\r?$)",
    re.MULTILINE,
)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


@dataclass(slots=True)
class Recorder:
    """Times are CLOCK_MONOTONIC in ns; names of headers are in lower case.

    `by_digest`: the scenario answers this request alone; otherwise whoever says the same last.
    `number` is that of the request among its likes, from 1.
    """

    path: str
    body: bytes
    headers: Mapping[str, str]
    started_ns: int
    status: int = 0
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    head_ns: int = 0
    end_ns: int = 0
    writes: list[tuple[int, bytes]] = field(default_factory=list)
    size: int = 0
    ending: Ending = "complete"
    query: str = ""
    """What stood behind the path, which may hold a key."""
    redaction: Redaction = field(default_factory=Redaction)
    by_digest: bool = True
    session: str = ""
    number: int = 1
    decided: bool = False
    """The last event that means anything has come; what follows is the end of the connection."""
    request: ParsedRequest | None = field(init=False)
    """None: not what the mock plays."""
    digest: str = field(init=False, default="")
    _event: bytes = field(init=False, default=b"")
    """The beginning of an event whose end has not come yet."""

    def __post_init__(self) -> None:
        self.request = _read(self.endpoint, self.body)
        if self.request is not None:
            self.digest = request_digest(self.request, self.redaction.names)

    @property
    def endpoint(self) -> Endpoint | None:
        """None: none that the mock plays."""
        return ENDPOINTS.get(self.path)

    @property
    def streamed(self) -> bool:
        """Whether the answer is a stream of events."""
        return "text/event-stream" in self.answer_headers.get("content-type", "")

    @property
    def name(self) -> str:
        """Of the scenario; safe for a file."""
        repeat = f"-{self.number}" if self.number > 1 else ""
        return f"recorded-{self.digest[:NAME_DIGITS]}{repeat}"

    def note(self, data: bytes, at_ns: int) -> None:
        """A piece of the body came at that time."""
        self.writes.append((at_ns, data))
        self.size += len(data)
        if self.streamed:
            *events, self._event = _EVENT_END.split(self._event + data)
            self.decided = self.decided or any(map(_LAST_EVENT.search, events))

    def scenario(self) -> tuple[str, str] | None:
        """Its name and its YAML; None for what the mock does not play."""
        endpoint, request = self.endpoint, self.request
        if endpoint is None or request is None:
            return None
        secrets = self.redaction.secrets_of(self.headers, self.query, self.body)
        writes = self._writes()
        pieces = self.redaction.blanked_pieces([data for _, data in writes], secrets)
        text = self._blank(_text_of(self.writes, self.streamed, endpoint.wire), secrets)
        recorded = {
            "endpoint": endpoint.name,
            "status": self.status,
            "streamed": self.streamed,
            "headers": {
                name: value
                for name, value in self.answer_headers.items()
                if STORED_HEADERS.fullmatch(name) and not self.redaction.secret(name)
            },
            "ending": self.ending,
            "head_us": self._us(self.head_ns),
            "end_us": self._us(self.end_ns) if self.streamed else 0,
            "writes": [
                [self._us(at_ns), _write_data(data)]
                for (at_ns, _), data in zip(writes, pieces, strict=True)
            ],
        }
        if self.session:
            recorded["session"] = self.session
        scenario: dict[str, Any] = {
            "name": self.name,
            "description": f"Recorded: {endpoint.name}, {request.model[:100]}.",
            "when": self._when(request, secrets),
            "pace": {"first_token_ms": self._us(self.head_ns) / 1_000},
            "steps": [{"say": "{% raw %}" + text + "{% endraw %}" if "{" in text else text}],
            "recorded": recorded,
        }
        return self.name, yaml.dump(
            scenario, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=1_000_000
        )

    def _when(self, request: ParsedRequest, secrets: Sequence[bytes]) -> dict[str, Any]:
        when: dict[str, Any] = {
            "model": request.model.replace("[", "[[]"),
            "last_user": self._pattern(request.last_user, secrets),
        }
        if request.previous is None:  # of what it goes on from only the id is known here
            when["turn"] = max(1, request.turn)
        if not self.by_digest:
            return when
        if request.previous is None and request.tool_rounds:
            when["tool_rounds"] = request.tool_rounds
        when["request_digest"] = self.digest
        if self.redaction.names:
            when["redacted"] = list(self.redaction.names)
        if self.number > 1:
            when["nth"] = self.number
        return when

    def _writes(self) -> list[tuple[int, bytes]]:
        if self.streamed:
            return self.writes
        whole = b"".join(data for _, data in self.writes)
        return [(self.writes[-1][0], whole)] if self.writes else []

    def _us(self, at_ns: int) -> int:
        return max(0, at_ns - self.started_ns) // 1_000

    def _pattern(self, last_user: str, secrets: Sequence[bytes]) -> str:
        blanked = self._blank(last_user, secrets)
        longest = LONGEST_BLANKED if BLANK in blanked else LONGEST_PATTERN
        parts = [re.escape(part) for part in blanked[:longest].split(BLANK)]
        end = r"\z" if len(blanked) <= longest else ""
        return "/\\A" + ".*".join(parts) + end + "/s"

    def _blank(self, text: str, secrets: Sequence[bytes]) -> str:
        data = text.encode("utf-8", "replace")
        return self.redaction.blanked(data, secrets).decode("utf-8", "replace")


def _read(endpoint: Endpoint | None, body: bytes) -> ParsedRequest | None:
    if endpoint is None:
        return None
    try:
        reading = read_leniently(endpoint.read, parse_body(body), {})
    except ApiError:
        return None
    return reading.request


def _text_of(writes: Sequence[tuple[int, bytes]], streamed: bool, wire: Wire) -> str:
    data = b"".join(data for _, data in writes)
    if streamed:
        events = (Frame(0, event + b"\n\n", "") for event in data.split(b"\n\n"))
        return "".join(content_of(event, wire) for event in events)
    try:
        message = orjson.loads(data)["choices"][0]["message"]["content"]
    except (orjson.JSONDecodeError, LookupError, TypeError):
        return ""
    return message if isinstance(message, str) else ""


def _write_data(data: bytes) -> object:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
    # What YAML can't hold as text, such as control characters, goes the same way.
    plain = all(c.isprintable() or c in "\n\t" for c in text)
    return text if plain else {"base64": base64.b64encode(data).decode()}
