"""Inputs: what a page may hand in, and in which form. Pure.

A text, a number, a truth value or nothing: never an object, so never a file of Gradio's, which is
an object with a path. What is handed on is written anew from what was read here, so that no other
reader can find something else in it.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

import gradio as gr

from tokentape.contract.contract import Json
from tokentape.ui.entry.routes import SESSION

PLAIN_INPUTS: tuple[type[gr.components.Component], ...] = (gr.Textbox, gr.Number, gr.Dropdown)
"""Components that make a text or a number of what they are given, and look at nothing else."""
DEPTH_MAX = 4
"""Lists in lists that a function of the page may be given."""
_JOINS = frozenset({"data", "event_data", "fn_index", "trigger_id", "session_hash"})
_CALLS = frozenset({"data", "component_id", "fn_name", "session_hash"})


class RefusedInput(Exception):
    """What came is nothing that the page sends; the message says what is wrong with it."""


@dataclass(frozen=True, slots=True)
class InputShape:
    """What the page has: its listeners, each with the number of its inputs, and the functions of
    its components."""

    listeners: Mapping[int, int]
    functions: Mapping[int, frozenset[str]]

    @classmethod
    def of(cls, blocks: gr.Blocks) -> "InputShape":
        """Raises `TypeError` for an input that could be a file: no such page is served."""
        for listener in blocks.fns.values():
            for each in listener.inputs:
                if type(each) not in PLAIN_INPUTS:
                    raise TypeError(f"{type(each).__name__} can't be an input of the page")
        return cls(
            {number: len(listener.inputs) for number, listener in blocks.fns.items()},
            {
                number: frozenset(each.__name__ for each in block.server_fns)
                for number, block in blocks.blocks.items()
                if type(block) is gr.HTML and block.server_fns
            },
        )


def read(body: bytes) -> Mapping[str, Json]:
    """A body as JSON. Raises `RefusedInput`, also where a name stands twice or a number is none."""
    try:
        found = json.loads(body.decode("utf-8"), object_pairs_hook=_once, parse_constant=_none)
    except (ValueError, RecursionError) as error:
        raise RefusedInput("The body is not JSON in UTF-8.") from error
    if not isinstance(found, dict):
        raise RefusedInput("The body is not an object.")
    return found


def joined(body: Mapping[str, Json], shape: InputShape) -> bytes:
    """The body of an event, written anew. Raises `RefusedInput`."""
    _only(body, _JOINS)
    number, data = body.get("fn_index"), body.get("data")
    if type(number) is not int or number not in shape.listeners:
        raise RefusedInput("fn_index: the page has no such listener.")
    if not isinstance(data, list) or len(data) != shape.listeners[number]:
        raise RefusedInput(f"data: a list of {shape.listeners[number]} is needed.")
    if not all(_plain(value) for value in data):
        raise RefusedInput("data: an input is a text, a number, true, false or null.")
    if type(body.get("trigger_id")) not in (int, type(None)):
        raise RefusedInput("trigger_id: a number or null is needed.")
    event = body.get("event_data")
    if event is not None and not _flat(event):
        raise RefusedInput("event_data: an object of texts and numbers is needed, or null.")
    return _written(body)


def called(body: Mapping[str, Json], shape: InputShape) -> bytes:
    """The body of a call of a component's function, written anew. Raises `RefusedInput`."""
    _only(body, _CALLS)
    number, name = body.get("component_id"), body.get("fn_name")
    known = shape.functions.get(number, frozenset()) if type(number) is int else frozenset()
    if not isinstance(name, str) or name not in known:
        raise RefusedInput("fn_name: the page has no such function.")
    data = body.get("data")
    if isinstance(data, dict):
        fits = "path" not in data and "meta" not in data and all(map(_listed, data.values()))
    else:
        fits = _listed(data)
    if not fits:
        raise RefusedInput("data: texts and numbers are needed, in lists or in one object.")
    return _written(body)


def session_in(body: Mapping[str, Json]) -> str:
    """The session that a body names. Raises `RefusedInput`."""
    session = body.get("session_hash")
    if not isinstance(session, str) or not SESSION.fullmatch(session):
        raise RefusedInput("session_hash: the page's own is needed.")
    return session


def _plain(value: Json) -> bool:
    return value is None or isinstance(value, str | int | float)


def _listed(value: Json, depth: int = DEPTH_MAX) -> bool:
    if isinstance(value, list):
        return depth > 0 and all(_listed(each, depth - 1) for each in value)
    return _plain(value)


def _flat(value: Json) -> bool:
    if not isinstance(value, dict) or "path" in value or "meta" in value:
        return False
    return all(_plain(each) for each in value.values())


def _only(body: Mapping[str, Json], known: frozenset[str]) -> None:
    if more := body.keys() - known:
        raise RefusedInput(f"{', '.join(sorted(more))[:100]}: the page sends no such thing.")


def _written(body: Mapping[str, Json]) -> bytes:
    return json.dumps(body).encode("ascii")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _none(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")
