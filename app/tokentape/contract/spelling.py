"""A contract as plain mappings and lists, as people write it in a file, and back.

Pure. The fields and their types are the contract's own, read by pydantic; what they mean together
is checked here. A fault names the path of what is wrong and the nearest thing that would be right.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tokentape.contract.call_checks import call_faults
from tokentape.contract.contract import (
    Contract,
    Emit,
    Handshake,
    Json,
    Kind,
    RequestTemplate,
)
from tokentape.contract.keyed_checks import Path, keyed_faults, kinds_of, order_faults
from tokentape.contract.life import Channel, Life
from tokentape.contract.nearest import nearest
from tokentape.contract.order import OTHERS, State, is_end

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from pydantic import TypeAdapter
    from pydantic_core import ErrorDetails

DEEPEST = 100
"""Mappings and lists in one another."""


class ContractFault(Exception):
    """What is wrong with a contract's spelling, and where."""

    def __init__(self, path: Path, message: str) -> None:
        where = ".".join(str(part) for part in path)
        super().__init__(f"{where}: {message}" if where else message)
        self.path = path
        self.message = message


def spell(contract: Contract) -> Mapping[str, Json]:
    """The contract as people would write it: what has its default is left out."""
    return {
        field.name: _plain(value)
        for field in fields(contract)
        if field.init and (value := getattr(contract, field.name)) != _default(field)
    }


def _default(field: Field[Any]) -> Any:
    if field.default is not MISSING:
        return field.default
    return field.default_factory() if field.default_factory is not MISSING else MISSING


def _plain(value: Json) -> Json:
    if is_dataclass(value):
        return {
            field.name: _plain(one)
            for field in fields(value)
            if field.init and (one := getattr(value, field.name)) != _default(field)
        }
    if isinstance(value, Mapping):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def read_contract(spelled: Json) -> Contract:
    """Raises `ContractFault`."""
    _check_keys(spelled, ())
    contract = _validate(spelled)
    for path, message in call_faults(contract):
        raise ContractFault(path, message)
    _check_kinds(contract)
    _check_order(contract)
    for path, message in keyed_faults(contract):
        raise ContractFault(path, message)
    return contract


@cache
def _adapter() -> "TypeAdapter[tuple[Contract]]":
    """Made at the first use: who reads no contract from a file needs no pydantic.

    In a tuple, since a dataclass alone would not take the settings.
    """
    from pydantic import ConfigDict, TypeAdapter

    config = ConfigDict(strict=True, extra="forbid", arbitrary_types_allowed=True)
    return TypeAdapter(tuple[Contract], config=config)


def _validate(spelled: Json) -> Contract:
    from pydantic import ValidationError

    if isinstance(spelled, dict):
        spelled = _with_exits(spelled)
        if isinstance(lives := spelled.get("lives"), list):
            spelled["lives"] = [_with_exits(one) if isinstance(one, dict) else one for one in lives]
    try:
        # As JSON: there a list is a tuple, and yet a text no number. Dates are texts on the wire.
        (contract,) = _adapter().validate_json(json.dumps([spelled], default=str))
    except ValidationError as error:
        errors = [one for one in error.errors(include_url=False) if _is_meant(one["loc"], spelled)]
        # A wrong key makes two errors: it is unknown, and another is missing.
        raise _fault(min(errors, key=lambda one: _FIRST.get(one["type"], len(_FIRST)))) from None
    return contract


def _with_exits(spelled: Mapping[str, Json]) -> dict[str, Json]:
    """A state without exits may be written without the braces."""
    whole = dict(spelled)
    for key in ("order", "session"):
        if isinstance(states := whole.get(key), dict):
            whole[key] = {state: {} if to is None else to for state, to in states.items()}
    return whole


_FIRST = {"unexpected_keyword_argument": 0, "missing": 1}
_CALLS: "Mapping[str | int, type[DataclassInstance]]" = {
    "RequestTemplate": RequestTemplate,
    "Emit": Emit,
}
"""By the names that pydantic puts into the path of an error."""
_ITEMS: "Mapping[str | int, type[DataclassInstance]]" = {
    "kinds": Kind,
    "before": RequestTemplate,
    "emits_before": Emit,
    "handshake": Handshake,
    "lives": Life,
    "channels": Channel,
}
_NEEDED = {
    "string_type": "a text is",
    "bool_type": "true or false is",
    "tuple_type": "a list is",
    "dict_type": "a mapping is",
    "dataclass_type": "a mapping is",
}


def _is_meant(place: Path, spelled: Json) -> bool:
    """Whether an error is of the kind of call that was meant: pydantic tries both."""
    call = next((part for part in place if part in _CALLS), None)
    if call is None:
        return True
    value = spelled[place[1]]
    return (call == "Emit") is (isinstance(value, dict) and "event" in value)


def _fault(error: "ErrorDetails") -> ContractFault:
    """What pydantic found, in our words: they say what there is, and what is nearest."""
    place, value = error["loc"][1:], error["input"]
    path: Path = tuple(part for part in place if part not in _CALLS)
    known = Contract if len(path) < 2 else _ITEMS.get(path[0], Contract)
    for part in place:
        known = _CALLS.get(part, known)
    match error["type"]:
        case "unexpected_keyword_argument":
            names = [field.name for field in fields(known) if field.init]
            return ContractFault(path, f"unknown key.{nearest(path[-1], names)}")
        case "missing":
            return ContractFault(path[:-1], f"{path[-1]!r} is missing.")
        case "literal_error":
            values = re.findall("'([^']*)'", error["ctx"]["expected"])
            return ContractFault(path, f"{value!r} is not known.{nearest(value, values)}")
        case kind:
            needed = _NEEDED.get(kind, "something else is")
            return ContractFault(path, f"{needed} needed here, not {_what(value)}.")


def _check_keys(value: Json, path: Path) -> None:
    """JSON has no keys but texts. Raises `ContractFault`, for what holds itself too."""
    if len(path) > DEEPEST:
        raise ContractFault(path[:1], "it is nested too deep.")
    if isinstance(value, dict):
        for key, one in value.items():
            if not isinstance(key, str):
                raise ContractFault((*path, str(key)), f"a key is text: write '{key}' in quotes.")
            _check_keys(one, (*path, key))
    elif isinstance(value, list | tuple):
        for index, one in enumerate(value):
            _check_keys(one, (*path, index))


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
    if not contract.text_paths:
        raise ContractFault(("kinds",), "none says which field holds the `text` of the answer.")
    if not any(kind.end == "completed" for kind in contract.kinds):
        raise ContractFault(("kinds",), "none has `end: completed`: an answer could never be over.")


def _check_order(contract: Contract) -> None:
    order = contract.order
    for path, message in order_faults(("order",), order, [kind.name for kind in contract.kinds]):
        raise ContractFault(path, message)
    ends = {kind.name for kind in contract.kinds if kind.end is not None}
    over = {after for exits in order.values() for name, after in exits.items() if name in ends}
    for state, exits in order.items():
        for name, after in exits.items():
            place: Path = ("order", state, name)
            if name in ends and not _is_over(contract, after):
                message = f"{name!r} ends the answer, and {after!r} goes on: it must have no exits."
                raise ContractFault(place, message)
            # Behind the end a mark may say it again.
            if name not in ends and is_end(order, after) and state not in over:
                message = f"nothing may follow {after!r}, and {name!r} ends nothing: give it `end`."
                raise ContractFault(place, message)
    placed = {name for exits in (*order.values(), *contract.session.values()) for name in exits}
    for path, kind in kinds_of(contract):
        in_order = len(path) == 2 and kind.never is None and OTHERS not in placed
        if in_order and kind.name not in placed:
            raise ContractFault(path, f"{kind.name!r} has no place in the order.")


def _is_over(contract: Contract, state: State) -> bool:
    """Whether the answer may be over in a state: a way leads from it to where the stream may stop,
    and on none comes text. What says it again may come, and what closes what had begun."""
    reached, coming = {state}, [state]
    while coming:
        exits = {} if coming[-1] in contract.may_stop_in else contract.order.get(coming[-1], {})
        coming.pop()
        if not contract.text_paths.keys().isdisjoint(exits):
            return False
        fresh = set(exits.values()) - reached
        reached |= fresh
        coming += fresh
    return any(is_end(contract.order, one) or one in contract.may_stop_in for one in reached)


def _what(value: Json) -> str:
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false"}
    return "nothing" if value is None else names.get(type(value), "a number")
