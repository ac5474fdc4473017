"""The one client of a mock-openai's admin API: how it is asked, and what its answers say.

Calls and readings are pure, for whoever has a connection of their own, as load users do; `ask`
makes one with asyncio. The mock's pytest plugin has its own: the mock may import nothing of us.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self
from urllib.parse import quote, urlencode

import orjson

from tokentape.client.failures import Unreachable
from tokentape.client.http_connection import HttpCall, HttpConnection
from tokentape.contract.contract import Json
from tokentape.contract.script import JournalFrame, frames_in

TIMEOUT_S = 10.0
ADMIN = "/__mock__/"
FORBIDDEN = 403

Reason = Literal["silent", "no mock", "forbidden", "refused"]


class MockFault(Exception):
    """The mock refused, or does not answer; the message is for people.

    `status` is what it answered, `None` where nothing came.
    """

    def __init__(self, message: str, status: int | None = None, reason: Reason = "refused") -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One answer of the mock, as its journal has it."""

    id: str
    endpoint: str
    text: str
    """What was scripted, before faults."""
    chunks: Sequence[str]
    """The same, piece by piece."""
    state: str
    started_ns: int
    """CLOCK_MONOTONIC, as all times of the journal; shared by a host's processes."""
    ended_ns: int | None
    frames: Sequence[JournalFrame]
    """Empty where they were not asked for."""
    violations: Sequence[str]
    """What a client has to find, for the faults that found their place."""
    raw: Mapping[str, Json] = field(repr=False)

    @classmethod
    def read(cls, entry: Mapping[str, Json]) -> Self:
        """From the journal's JSON."""
        return cls(
            id=entry.get("id", ""),
            endpoint=entry.get("endpoint", ""),
            text=entry["text"],
            chunks=tuple(entry.get("chunks") or ()),
            state=entry.get("state", ""),
            started_ns=entry["started_ns"],
            ended_ns=entry.get("ended_ns"),
            frames=frames_in(entry),
            violations=tuple(
                fault["violation"]
                for fault in entry.get("faults", ())
                if fault["placed"] and fault["violation"] != "none"
            ),
            raw=entry,
        )

    @property
    def texts(self) -> Sequence[JournalFrame]:
        """The frames that carry text."""
        return [frame for frame in self.frames if frame.kind == "content"]


@dataclass(frozen=True, slots=True)
class MockAdmin:
    """A mock by its root URL, and the token that its admin routes want, if they do."""

    url: str
    token: str | None = field(default=None, repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        """What each call has."""
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Json = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> HttpCall:
        """The request to `path` under /__mock__."""
        kind = {} if json is None else {"Content-Type": "application/json"}
        return HttpCall(
            method=method,
            url=f"{self.url}{route(path, params)}",
            body=content if json is None else orjson.dumps(json),
            headers={**self.headers, **kind, **(headers or {})},
        )

    def read(self, status: int, body: bytes) -> Any:
        """The JSON of an answer. Raises `MockFault` where it is a refusal, or none of a mock."""
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            words = f"{self.url} has no admin routes: is it a mock-openai?"
            raise MockFault(words, status, "no mock") from error
        if status == FORBIDDEN:
            raise MockFault(self.forbidden(), status, "forbidden")
        if not 200 <= status < 300:
            raise MockFault(_message(found) or f"The mock answers {status}.", status)
        return found

    def forbidden(self) -> str:
        """What to do about a token that is missing or wrong."""
        if self.token:
            return f"The mock at {self.url} does not take this admin token."
        return f"The mock at {self.url} wants its admin token."

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Json = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
        over: HttpConnection | None = None,
    ) -> Any:
        """What `path` under /__mock__ answers, as JSON; `over` is a connection that is there
        already. Raises `MockFault`."""
        call = self.call(method, path, params=params, json=json, content=content, headers=headers)
        line = over or HttpConnection(connect_s=TIMEOUT_S, silence_s=timeout_s)
        try:
            async with line.asked(call) as answer:
                body = b"".join([block.data async for block in answer.blocks()])
        except (Unreachable, ConnectionError, TimeoutError) as error:
            words = f"The mock at {self.url} does not answer: is it running?"
            raise MockFault(words, None, "silent") from error
        finally:
            if over is None:
                await line.close()
        return self.read(answer.status, body)

    async def entries(
        self, contains: str, *, limit: int, frames: bool, over: HttpConnection | None = None
    ) -> Sequence[JournalEntry]:
        """The newest answers to requests that hold this text. Raises `MockFault`."""
        params = journal_params(contains, limit=limit, frames=frames)
        return entries_of(await self.request("GET", "requests", params=params, over=over))

    async def stream(
        self, name: str, *, wait: str | None = None, timeout_s: float = TIMEOUT_S
    ) -> JournalEntry:
        """One answer with its frames, by its id; once it is in this state. Raises `MockFault`."""
        params = {} if wait is None else {"wait": wait, "timeout": f"{timeout_s:g}"}
        path = f"streams/{name}"
        found = await self.request("GET", path, params=params, timeout_s=timeout_s + TIMEOUT_S)
        return JournalEntry.read(found)


def route(path: str, params: Mapping[str, str | int] | None = None) -> str:
    """The path of an admin route, with its query."""
    query = f"?{urlencode(params)}" if params else ""
    return f"{ADMIN}{quote(path)}{query}"


def journal_params(contains: str, *, limit: int, frames: bool) -> Mapping[str, str | int]:
    """The query for the newest answers to requests that hold this text."""
    return {"contains": contains, "limit": limit, **({"frames": 1} if frames else {})}


def entries_of(found: Json) -> Sequence[JournalEntry]:
    """The journal's entries, newest first. Raises `MockFault` for what is no journal."""
    try:
        return [JournalEntry.read(entry) for entry in found["requests"]]
    except (KeyError, TypeError) as error:
        raise MockFault("That is no journal: is it a mock-openai?", 200, "no mock") from error


def _message(found: Json) -> str | None:
    error = found.get("error") if isinstance(found, dict) else None
    message = error.get("message") if isinstance(error, dict) else None
    return message if isinstance(message, str) else None
