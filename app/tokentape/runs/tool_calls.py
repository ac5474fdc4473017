"""Pieces of tool calls, in the spellings that servers have for them → events of a tape. Pure, but
for the ids of calls that came without one.

OpenAI sends a call's index, id and name first, and its arguments in pieces under that index. Others
leave out the index or the id, repeat them, or send a call whole.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from io import StringIO
from typing import Any
from uuid import uuid4

from tokentape.runs.events import ToolCallArguments, ToolCallStarted
from tokentape.runs.surrogates import Halves, whole

Piece = ToolCallStarted | ToolCallArguments


def new_call_id() -> str:
    """For a call that its server gave no id."""
    return f"call_{uuid4().hex[:24]}"


class NoCall(Exception):
    """What is wrong with a call at the end of the answer."""


@dataclass(slots=True)
class Call:
    """One call so far; nothing of it is told before its name is known."""

    server_id: str
    call_id: str
    name: str = ""
    arguments: StringIO = field(default_factory=StringIO)
    half: Halves = field(default_factory=Halves)

    def feed(self, name: str, arguments: str) -> list[Piece]:
        """What is to be told now."""
        arguments = self.half.joined(arguments)
        self.arguments.write(arguments)
        pieces: list[Piece] = []
        if not self.name:
            if not name:
                return pieces
            self.name = name
            pieces.append(ToolCallStarted(self.call_id, name))
            arguments = self.arguments.getvalue()
        return [*pieces, ToolCallArguments(self.call_id, arguments)] if arguments else pieces

    def rest(self) -> list[Piece]:
        """What is still to be told at the end."""
        half = self.half.rest()
        return self.feed("", half if self.arguments.getvalue().strip() else half or "{}")


class ToolCalls:
    """Of one answer. Feed it each delta; at the end `rest` and `check`."""

    def __init__(self, new_id: Callable[[], str] = new_call_id) -> None:
        self._new_id = new_id
        self._calls: list[Call] = []
        self._by_index: dict[int, Call] = {}
        self._by_server_id: dict[str, Call] = {}
        self._ids: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._calls)

    def read(self, delta: dict[str, Any]) -> list[Piece]:
        """What a delta or a message says of calls."""
        given = delta.get("tool_calls")
        if isinstance(given, dict):
            given = [given]
        if not given and isinstance(delta.get("function_call"), dict):
            given = [{"index": 0, "function": delta["function_call"]}]
        if not isinstance(given, list):
            return []
        return [piece for one in given if isinstance(one, dict) for piece in self._read(one)]

    def rest(self) -> list[Piece]:
        """A call that came without arguments has an empty object, which everybody can read."""
        return [piece for call in self._calls if call.name for piece in call.rest()]

    def check(self) -> None:
        """Raises `NoCall` for a call that nobody can make, in an answer that is called whole."""
        for call in self._calls:
            if not call.name:
                raise NoCall("a tool call without a name")
            try:
                json.loads(call.arguments.getvalue(), parse_constant=_no_json)
            except (ValueError, RecursionError):
                raise NoCall("a tool call whose arguments are no JSON") from None

    def _read(self, one: dict[str, Any]) -> list[Piece]:
        function = one.get("function")
        function = function if isinstance(function, dict) else {}
        name, arguments = _word(function.get("name")), function.get("arguments")
        call = self._call(one.get("index"), _word(one.get("id")), name)
        if isinstance(arguments, dict | list):
            arguments = json.dumps(arguments)
        return call.feed(name, arguments if isinstance(arguments, str) else "")

    def _call(self, index: object, server_id: str, name: str) -> Call:
        """The call that a piece belongs to, made where it is the first one."""
        if type(index) is int:
            call = self._by_index.get(index)
            # Some proxies give all calls one index.
            if call is None or (name and server_id and server_id != (call.server_id or server_id)):
                call = self._by_index[index] = self._made(server_id)
            return call
        latest = self._calls[-1] if self._calls else None
        if server_id and (known := self._by_server_id.get(server_id)):
            return known
        if latest is None or (name and latest.name):
            return self._made(server_id)
        return latest

    def _made(self, server_id: str) -> Call:
        call_id = server_id if server_id and server_id not in self._ids else self._new_id()
        call = Call(server_id, call_id)
        self._calls.append(call)
        self._ids.add(call_id)
        self._by_server_id.setdefault(server_id, call)
        return call


def _no_json(word: str) -> None:
    """`NaN` and `Infinity`, which Python reads and clients do not."""
    raise ValueError(word)


def _word(value: object) -> str:
    return whole(value) if isinstance(value, str) else ""
