"""JSON patches: operations of RFC 6902 on a document of one's own. Pure.

https://www.rfc-editor.org/rfc/rfc6902
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tokentape.contract.contract import Json
from tokentape.contract.same_json import same_json
from tokentape.contract.shown_value import shown

WORK_MAX = 1_000_000
"""Values that operations may copy or move aside: a few that copy double a document each."""


class Unpatchable(Exception):
    """An operation that the document does not allow, in words."""


class Unreadable(Exception):
    """What is no operation, or costs more than it is worth: nobody knows the document behind it."""


@dataclass(slots=True)
class Work:
    """What is left of the work that many documents may cost together."""

    left: int = WORK_MAX

    def spend(self, amount: int) -> None:
        """Raises `Unreadable` where none is left."""
        self.left -= amount
        if self.left < 0:
            raise Unreadable


class PatchedDocument:
    """A value, changed in place: what it is made of is copied first."""

    def __init__(self, value: Json, work: Work) -> None:
        self.value = copied(value)
        self._work = work

    def apply(self, operations: Json) -> None:
        """Raises `Unpatchable`, `Unreadable`; part of the operations is then done."""
        for number, one in enumerate(operations if isinstance(operations, list) else [None]):
            if not isinstance(one, Mapping):
                raise Unreadable
            try:
                self._apply(one)
            except Unpatchable as problem:
                place = f"{one.get('op')} {shown(one.get('path'))}"
                raise Unpatchable(f"operation {number}, {place}: {problem}") from None

    def _apply(self, operation: Mapping[str, Json]) -> None:
        path = _tokens(operation.get("path"))
        match operation:
            case {"op": "add", "value": value}:
                self._add(path, copied(value))
            case {"op": "remove"}:
                self._remove(path)
            case {"op": "replace", "value": value}:
                self._at(path)
                self._replace(path, copied(value))
            case {"op": "test", "value": value}:
                if not same_json(self._at(path), value):
                    raise Unpatchable(f"it is not {shown(value)}")
            case {"op": "move", "from": source}:
                self._move(_tokens(source), path)
            case {"op": "copy", "from": source}:
                value = self._at(_tokens(source))
                self._work.spend(_size(value))
                self._add(path, copied(value))
            case _:
                raise Unreadable

    def _move(self, source: Sequence[str], path: Sequence[str]) -> None:
        value = self._at(source)
        if source == path:
            return
        if list(path[: len(source)]) == list(source):
            raise Unpatchable("nothing moves into itself")
        self._remove(source)
        self._add(path, value)

    def _at(self, path: Sequence[str]) -> Json:
        value = self.value
        for token in path:
            value = value[_place(value, token)]
        return value

    def _replace(self, path: Sequence[str], value: Json) -> None:
        if not path:
            self.value = value
            return
        inside = self._at(path[:-1])
        inside[_place(inside, path[-1])] = value

    def _remove(self, path: Sequence[str]) -> None:
        if not path:
            self.value = None
            return
        inside = self._at(path[:-1])
        place = _place(inside, path[-1])
        self._work.spend(len(inside) // 64)
        del inside[place]

    def _add(self, path: Sequence[str], value: Json) -> None:
        if not path:
            self.value = value
            return
        inside, token = self._at(path[:-1]), path[-1]
        if isinstance(inside, dict):
            inside[token] = value
        elif isinstance(inside, list):
            place = len(inside) if token == "-" else _index(token, len(inside))  # noqa: S105  # RFC's
            self._work.spend((len(inside) - place) // 64)
            inside.insert(place, value)
        else:
            raise Unpatchable(f"{shown(inside)} holds nothing")


def copied(value: Json) -> Json:
    """A copy that shares nothing that changes. Raises `RecursionError` of what is nested deeply."""
    if isinstance(value, dict):
        return {key: copied(one) for key, one in value.items()}
    if isinstance(value, list):
        return [copied(one) for one in value]
    return value


def _size(value: Json) -> int:
    """How many values there are, up to more than anybody copies."""
    left, count = [value], 0
    while left and count <= WORK_MAX:
        one = left.pop()
        count += 1
        if isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
    return count


def _tokens(pointer: Json) -> list[str]:
    if not isinstance(pointer, str) or (pointer and not pointer.startswith("/")):
        raise Unreadable
    return [one.replace("~1", "/").replace("~0", "~") for one in pointer.split("/")[1:]]


def _place(inside: Json, token: str) -> Any:
    if isinstance(inside, dict):
        if token not in inside:
            raise Unpatchable(f"there is no {shown(token)}")
        return token
    if isinstance(inside, list):
        return _index(token, len(inside) - 1)
    raise Unpatchable(f"there is no {shown(token)} in {shown(inside)}")


def _index(token: str, last: int) -> int:
    number = token.isascii() and token.isdecimal() and (token == "0" or token[0] != "0")  # noqa: S105  # RFC's
    if not number or len(token) > len(str(last + 1)) or int(token) > last:
        raise Unpatchable(f"there is no {shown(token)} in a list of {last + 1}")
    return int(token)
