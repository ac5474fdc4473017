"""Paths: how dotted paths are taken apart, each once. Pure."""

from functools import lru_cache


@lru_cache(4_096)
def parts_of(path: str) -> tuple[tuple[str, int], ...]:
    """The parts of a dotted path, each with the place in a list that it names; -1: it names none.

    Paths are asked for with every event; those that hold a server's own ids are let go again.
    """
    parts = path.split(".") if path else []
    return tuple((part, int(part[:18]) if part.isdecimal() else -1) for part in parts)
