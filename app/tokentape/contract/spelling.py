"""Spelling: a contract as plain mappings and lists, as people write it in a file, and back.

Pure. A fault names the path of what is wrong and the nearest thing that would be right.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from difflib import get_close_matches
from typing import Any, TypeAlias, cast, get_args

from tokentape.contract.contract import (
    TRANSPORTS,
    Call,
    Contract,
    Emit,
    Json,
    Kind,
    Outcome,
    RequestTemplate,
)
from tokentape.contract.order import OPENED, Order, is_end

Path: TypeAlias = tuple[str | int, ...]
Reader: TypeAlias = Callable[[Json, Path], Any]

OUTCOMES: tuple[str, ...] = get_args(Outcome)
VALUES = (
    "message",
    "conversation",
    "model",
    "user",
    "token",
    "max_tokens",
    "temperature",
    "run",
    "seq",
)
"""The `$names` that templates may use, beside what `before` takes."""

_NAMED = re.compile(r"\$([A-Za-z_]\w*)")


class ContractFault(Exception):
    """What is wrong with a contract's spelling, and where."""

    def __init__(self, path: Path, message: str) -> None:
        where = ".".join(str(part) for part in path)
        super().__init__(f"{where}: {message}" if where else message)
        self.path = path
        self.message = message


def nearest(word: object, known: Iterable[object]) -> str:
    """` Did you mean …?`, or what there is."""
    words = [str(one) for one in known]
    found = get_close_matches(str(word), words, 1)
    return f" Did you mean {found[0]!r}?" if found else f" There are: {', '.join(words)}."


def spell(contract: Contract) -> Mapping[str, Json]:
    """The contract as people would write it: what has its default is left out."""
    return {
        field.name: _plain(value)
        for field in fields(contract)
        if (value := getattr(contract, field.name)) != _default(field)
    }


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


def _plain(value: Json) -> Json:
    if isinstance(value, Kind | RequestTemplate | Emit):
        return {
            field.name: _plain(one)
            for field in fields(value)
            if (one := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def read_contract(spelled: Json) -> Contract:
    """Raises `ContractFault`."""
    told = _fields(spelled, (), _CONTRACT, ("dialect", "transport", "start", "kinds", "order"))
    contract = Contract(**told)
    _check_calls(contract)
    _check_kinds(contract)
    _check_order(contract)
    return contract


def _check_calls(contract: Contract) -> None:
    wanted = RequestTemplate if contract.transport == "sse" else Emit
    known = [*VALUES, *(name for request in contract.before for name in request.take)]
    calls = {"start": contract.start, "resume": contract.resume, "stop": contract.stop}
    for name, call in calls.items():
        if call is not None and not isinstance(call, wanted):
            form = (
                "a request: method, path"
                if wanted is RequestTemplate
                else "an event: event, payload"
            )
            raise ContractFault((name,), f"over {contract.transport} this is {form}.")
    for name, template in {**calls, "auth": contract.auth}.items():
        for used in _NAMED.findall(repr(_plain(template))):
            if used not in known:
                raise ContractFault((name,), f"nobody knows ${used}.{nearest(used, known)}")


def _check_kinds(contract: Contract) -> None:
    names: set[str] = set()
    for index, kind in enumerate(contract.kinds):
        if kind.name in names:
            raise ContractFault(("kinds", index, "name"), f"{kind.name!r} is there twice.")
        names.add(kind.name)
        if kind.never is not None and kind.end is not None:
            raise ContractFault(
                ("kinds", index), "what may never come ends nothing: `never`, or `end`."
            )
    if not any(kind.text is not None for kind in contract.kinds):
        raise ContractFault(("kinds",), "none says which field holds the `text` of the answer.")
    if not any(kind.end == "completed" for kind in contract.kinds):
        raise ContractFault(("kinds",), "none has `end: completed`: an answer could never be over.")


def _check_order(contract: Contract) -> None:
    order, names = contract.order, [kind.name for kind in contract.kinds]
    if OPENED not in order:
        raise ContractFault(("order",), f"every order starts in the state {OPENED!r}.")
    for state, exits in order.items():
        for name, after in exits.items():
            place: Path = ("order", state, name)
            kind = contract.kind(name)
            if kind is None:
                raise ContractFault(place, f"no kind is called {name!r}.{nearest(name, names)}")
            if kind.end and not is_end(order, after):
                message = f"{name!r} ends the answer, and {after!r} goes on: it must have no exits."
                raise ContractFault(place, message)
            if not kind.end and is_end(order, after):
                message = f"nothing may follow {after!r}, and {name!r} ends nothing: give it `end`."
                raise ContractFault(place, message)
    placed = {name for exits in order.values() for name in exits}
    for index, kind in enumerate(contract.kinds):
        if kind.name not in placed and kind.never is None:
            raise ContractFault(("kinds", index), f"{kind.name!r} has no place in the order.")


def _fields(
    value: Json, path: Path, readers: Mapping[str, Reader], needed: Sequence[str] = ()
) -> dict[str, Any]:
    told = _mapping(value, path)
    for key in told:
        if key not in readers:
            raise ContractFault((*path, key), f"unknown key.{nearest(key, readers)}")
    for key in needed:
        if key not in told:
            raise ContractFault(path, f"{key!r} is missing.")
    return {key: readers[key](one, (*path, key)) for key, one in told.items()}


def _mapping(value: Json, path: Path) -> dict[str, Json]:
    if not isinstance(value, dict):
        raise ContractFault(path, f"a mapping is needed here, not {_what(value)}.")
    for key in value:
        if not isinstance(key, str):
            raise ContractFault((*path, str(key)), f"a key is text: write '{key}' in quotes.")
    return cast("dict[str, Json]", value)


def _text(value: Json, path: Path) -> str:
    if not isinstance(value, str):
        raise ContractFault(path, f"a text is needed here, not {_what(value)}.")
    return value


def _place(value: Json, path: Path) -> str:
    """Below the address that is asked: what begins otherwise could lead to another one."""
    place = _text(value, path)
    if not place.startswith("/"):
        raise ContractFault(path, f"a path begins with /, and {place[:80]!r} does not.")
    return place


def _maybe_text(value: Json, path: Path) -> str | None:
    return None if value is None else _text(value, path)


def _truth(value: Json, path: Path) -> bool:
    if not isinstance(value, bool):
        raise ContractFault(path, f"true or false is needed here, not {_what(value)}.")
    return value


def _any(value: Json, _path: Path) -> Json:
    return value


def _one_of(known: Sequence[str]) -> Reader:
    def read(value: Json, path: Path) -> str:
        if value not in known:
            raise ContractFault(path, f"{value!r} is not known.{nearest(value, known)}")
        return cast(str, value)

    return read


def _many(reader: Reader) -> Reader:
    def read(value: Json, path: Path) -> tuple[Any, ...]:
        if not isinstance(value, list | tuple):
            raise ContractFault(path, f"a list is needed here, not {_what(value)}.")
        return tuple(reader(one, (*path, index)) for index, one in enumerate(value))

    return read


def _values_by_name(value: Json, path: Path) -> Mapping[str, tuple[Json, ...]]:
    read = _many(_any)
    return {key: read(one, (*path, key)) for key, one in _mapping(value, path).items()}


def _texts_by_name(value: Json, path: Path) -> Mapping[str, str]:
    return {key: _text(one, (*path, key)) for key, one in _mapping(value, path).items()}


def _call(value: Json, path: Path) -> Call:
    told = _mapping(value, path)
    if "event" in told:
        return Emit(**_fields(told, path, _EMIT, ("event",)))
    return _request(told, path)


def _request(value: Json, path: Path) -> RequestTemplate:
    return RequestTemplate(**_fields(value, path, _REQUEST, ("method", "path")))


def _kind(value: Json, path: Path) -> Kind:
    return Kind(**_fields(value, path, _KIND, ("name",)))


def _order(value: Json, path: Path) -> Order:
    return {
        state: _texts_by_name({} if exits is None else exits, (*path, state))
        for state, exits in _mapping(value, path).items()
    }


def _what(value: Json) -> str:
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")


_EMIT: dict[str, Reader] = {"event": _text, "payload": _any}
_REQUEST: dict[str, Reader] = {
    "method": _one_of(("GET", "POST", "PUT", "PATCH", "DELETE")),
    "path": _place,
    "body": _any,
    "headers": _texts_by_name,
    "query": _texts_by_name,
    "take": _texts_by_name,
}
_KIND: dict[str, Reader] = {
    "name": _text,
    "event": _maybe_text,
    "where": _mapping,
    "has": _many(_text),
    "one_of": _values_by_name,
    "none_of": _values_by_name,
    "text": _maybe_text,
    "accumulated": _maybe_text,
    "end": _one_of(OUTCOMES),
    "code": _maybe_text,
    "never": _maybe_text,
}
_CONTRACT: dict[str, Reader] = {
    "dialect": _text,
    "transport": _one_of(TRANSPORTS),
    "start": _call,
    "kinds": _many(_kind),
    "order": _order,
    "namespace": _text,
    "auth": _any,
    "before": _many(_request),
    "resume": _call,
    "stop": _call,
    "run": _maybe_text,
    "seq": _maybe_text,
    "conversation": _maybe_text,
    "steady": _many(_text),
    "blank_ids": _truth,
    "tied": _texts_by_name,
    "ignored": _many(_text),
    "needs_token": _truth,
}
