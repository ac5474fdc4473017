"""The recorder's memory of one exchange, and the scenario file that it becomes. No I/O.

Only headers of a short list are kept; keys are blanked wherever they stand.
"""

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from urllib.parse import parse_qsl, quote, quote_plus

import orjson
import yaml

from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from mock_openai.plan.plan import Ending, Frame
from mock_openai.plan.wire import Wire
from mock_openai.request.secret_headers import secret as secret_name
from mock_openai.scenarios.replay import content_of

STORED_HEADERS = re.compile(
    r"content-type|retry-after|openai-(processing-ms|version)|x-ratelimit-[\w-]+"
)
BLANK = "***"
LONGEST_PATTERN = 4_000  # characters
LONGEST_BLANKED = 400  # with gaps: each byte is an instruction then, and those are few
_KEY = re.compile(rb"\b(sk|pk|rk|sess|eyJ)[-_][A-Za-z0-9_\-.]{6,}|Bearer\s+[^\s\"',;]{4,}")


@dataclass(slots=True)
class Recorder:
    """Times are CLOCK_MONOTONIC in ns."""

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

    def note(self, data: bytes, at_ns: int) -> None:
        """A piece of the body came at that time."""
        self.writes.append((at_ns, data))
        self.size += len(data)

    def scenario(self) -> tuple[str, str] | None:
        """Its name, safe for a file, and its YAML; None for what the mock does not play."""
        endpoint = ENDPOINTS.get(self.path)
        if endpoint is None:
            return None
        try:
            request, _ = endpoint.read(orjson.loads(self.body), {})
        except (ApiError, orjson.JSONDecodeError, TypeError, AttributeError):
            return None
        digest = blake2b(endpoint.name.encode() + request.canonical, digest_size=6)
        digest.update(b"stream" if request.stream else b"whole")
        name = f"recorded-{digest.hexdigest()}"
        streamed = "text/event-stream" in self.answer_headers.get("content-type", "")
        text = self._blank(self._text(streamed, endpoint.wire).encode()).decode("utf-8", "replace")
        scenario: dict[str, Any] = {
            "name": name,
            "description": f"Recorded: {endpoint.name}, {request.model[:100]}.",
            "when": {
                "model": request.model.replace("[", "[[]"),
                "last_user": self._pattern(request.last_user),
                "turn": max(1, request.turn),
            },
            "pace": {"first_token_ms": self._us(self.head_ns) / 1_000},
            "steps": [{"say": "{% raw %}" + text + "{% endraw %}" if "{" in text else text}],
            "recorded": {
                "endpoint": endpoint.name,
                "status": self.status,
                "streamed": streamed,
                "headers": {
                    n: v for n, v in self.answer_headers.items() if STORED_HEADERS.fullmatch(n)
                },
                "ending": self.ending,
                "head_us": self._us(self.head_ns),
                "end_us": self._us(self.end_ns) if streamed else 0,
                "writes": [[self._us(at_ns), _write_data(data)] for at_ns, data in self._blanked()],
            },
        }
        return name, yaml.safe_dump(scenario, allow_unicode=True, sort_keys=False, width=1_000_000)

    def _writes(self) -> list[tuple[int, bytes]]:
        if "text/event-stream" in self.answer_headers.get("content-type", ""):
            return self.writes
        whole = b"".join(data for _, data in self.writes)
        return [(self.writes[-1][0], whole)] if self.writes else []

    def _blanked(self) -> Iterator[tuple[int, bytes]]:
        """The writes without keys, also without those that lie in two of them."""
        writes = self._writes()
        whole = b"".join(data for _, data in writes)
        spans = list(_spans(whole, self._secrets()))
        start = 0
        for at_ns, data in writes:
            end, place, left = start + len(data), start, bytearray()
            for first, last in spans:
                if first < end and last > start:
                    left += whole[place : max(first, place)] + BLANK.encode()
                    place = min(last, end)
            yield at_ns, bytes(left) + whole[place:end]
            start = end

    def _us(self, at_ns: int) -> int:
        return max(0, at_ns - self.started_ns) // 1_000

    def _pattern(self, last_user: str) -> str:
        blanked = self._blank(last_user.encode("utf-8", "replace")).decode("utf-8", "replace")
        longest = LONGEST_BLANKED if BLANK in blanked else LONGEST_PATTERN
        parts = [re.escape(part) for part in blanked[:longest].split(BLANK)]
        end = r"\z" if len(blanked) <= longest else ""
        return "/\\A" + ".*".join(parts) + end + "/s"

    def _text(self, streamed: bool, wire: Wire) -> str:
        data = b"".join(data for _, data in self.writes)
        if streamed:
            events = (Frame(0, event + b"\n\n", "") for event in data.split(b"\n\n"))
            return "".join(content_of(event, wire) for event in events)
        try:
            message = orjson.loads(data)["choices"][0]["message"]["content"]
        except (orjson.JSONDecodeError, LookupError, TypeError):
            return ""
        return message if isinstance(message, str) else ""

    def _blank(self, data: bytes) -> bytes:
        for secret in self._secrets():
            data = data.replace(secret, BLANK.encode())
        return _KEY.sub(BLANK.encode(), data)

    def _secrets(self) -> list[bytes]:
        return _secrets(self.headers, self.query)


def _spans(data: bytes, secrets: Sequence[bytes]) -> Iterator[tuple[int, int]]:
    """Where keys stand, in order, each apart from the others."""
    spans = [found.span() for found in _KEY.finditer(data)]
    for secret in secrets:
        spans += [found.span() for found in re.finditer(re.escape(secret), data)]
    end = 0
    for first, last in sorted(spans):
        if last > end:
            yield max(first, end), last
            end = last


def _secrets(headers: Mapping[str, str], query: str) -> list[bytes]:
    """What the request's own headers and query kept secret, longest first."""
    values: set[str] = set()
    for name, value in headers.items():
        if name == "cookie":
            values.update(pair.partition("=")[2].strip() for pair in value.split(";"))
        elif secret_name(name):
            values.update(value.split())
    for name, value in parse_qsl(query):
        if secret_name(name):
            values |= {value, quote(value, safe=""), quote_plus(value)}
    return [
        v.encode() for v in sorted(values, key=len, reverse=True) if len(v) >= 6 and v != "Bearer"
    ]


def _write_data(data: bytes) -> object:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(data).decode()}
    # What YAML can't hold as text, such as control characters, goes the same way.
    plain = all(c.isprintable() or c in "\n\t" for c in text)
    return text if plain else {"base64": base64.b64encode(data).decode()}
