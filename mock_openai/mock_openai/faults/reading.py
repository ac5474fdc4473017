"""Reads faults from a scenario's mapping (`{at: chunk 7, stall_ms: 3000}`) or a directive's
text (`stall@7:3s`). Raises ValueError that names the mistake."""

from collections.abc import Mapping

from mock_openai.errors import nearest
from mock_openai.faults import FAULTS
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import read_place

_ALIASES = {"stall_ms": "stall"}


def read_fault_mapping(given: Mapping[str, object]) -> Fault:
    """From `{at: chunk 3, cut: reset}`. Raises ValueError, which names what is wrong."""
    kinds = [key for key in given if key != "at"]
    if len(kinds) != 1:
        raise ValueError(f"a fault is one of {', '.join(FAULTS)}, with 'at'")
    name = _ALIASES.get(kinds[0], kinds[0])
    if name not in FAULTS:
        raise ValueError(f"unknown fault '{name}'{nearest(name, FAULTS)}")
    kind = FAULTS[name]
    place = read_place(given["at"]) if "at" in given else kind.default
    return kind.read(place, given[kinds[0]])


def read_fault_text(text: str) -> Fault:
    """`NAME[@PLACE][:VALUE]`, as in `cut@12`, `stall@50:3s` and `refuse@request:429`."""
    head, _, value = text.partition(":")
    name, at, where = head.partition("@")
    if name not in FAULTS:
        raise ValueError(f"unknown fault '{name}'{nearest(name, FAULTS)}")
    kind = FAULTS[name]
    return kind.read(read_place(where) if at else kind.default, value or None)
