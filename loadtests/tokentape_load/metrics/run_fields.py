"""The fields that a run counts and that its results show: each is declared once, here. Pure.

`Counters` and `Row` are of one contract's answers in one journey, `Cell` and `Moment` of one
interval; each pair shares one of these classes, and is counted, merged and shown by its fields.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields
from typing import Any, Literal, TypeAlias

Merge: TypeAlias = Literal["sum", "level", "peak"]
"""How two values become one: counts add up, levels add up over load generators and not over time,
of peaks the highest is kept."""

_KEY = "tokentape.merge"


def level() -> Any:
    """The field of a level."""
    return field(default=0, metadata={_KEY: "level"})


def peak() -> Any:
    """The field of a peak; `None` is not known."""
    return field(default=None, metadata={_KEY: "peak"})


@dataclass(slots=True, kw_only=True)
class AnswerCounts:
    """Of one contract's answers in one journey."""

    users: int = 0
    started: int = 0
    answered: int = 0
    """Judged, right or wrong. `started - answered - unfinished` are still running."""
    wrong: int = 0
    undecided: int = 0
    """Nothing is surely wrong with them, and something may be: `doubts` has the reasons."""
    unfinished: int = 0
    """Cut short because the run was over: neither right nor wrong."""
    good: int = 0
    """Right and within every limit that is one of a single answer: goodput counts these."""
    planted: int = 0
    """Answers in which the mock went wrong on purpose …"""
    planted_found: int = 0
    """… and that were called wrong …"""
    planted_undecided: int = 0
    """… or of which it is undecided."""


@dataclass(slots=True, kw_only=True)
class IntervalFigures:
    """Of one interval of a run."""

    started: int = 0
    finished: int = 0
    wrong: int = 0
    violations: int = 0
    unsent: int = 0
    users: int = level()
    running: int = level()
    """Answers that were on their way at its end."""
    client_lag_ms: float | None = peak()
    """The latest that a load generator's own loop woke."""
    client_cpu: float | None = peak()
    """Of one core, the busiest load generator: 1.0 is all that a Python process can have."""
    client_waited: float | None = peak()
    """The share of the time in which a load generator had work and no core to do it on; `None`
    where the system does not tell."""
    client_busy: float | None = peak()
    """Both together, of the busiest load generator: 1.0 leaves it no time to spare."""
    server_cpu: float | None = peak()
    """Cores that the server under test took, all its processes together; `None` when it is not on
    this host or its process is not known."""
    server_rss_mb: float | None = peak()
    """The memory that it held."""


def values_of(figures: Any, shape: type) -> dict[str, Any]:
    """The values of a shape's fields, by name."""
    return {each.name: getattr(figures, each.name) for each in fields(shape)}


def known_in(value: Mapping[str, Any], shape: type) -> dict[str, Any]:
    """The values of a shape's fields in a JSON object. Raises `KeyError` where one is missing."""
    return {each.name: value[each.name] for each in fields(shape)}


def merge(mine: Any, theirs: Any, shape: type, *, same_time: bool = True) -> None:
    """Add another's fields of a shape: another load generator's, or those of the next interval."""
    for each in fields(shape):
        one, other = getattr(mine, each.name), getattr(theirs, each.name)
        setattr(mine, each.name, _merged(each, one, other, same_time=same_time))


def _merged(each: "Field[Any]", one: Any, other: Any, *, same_time: bool) -> Any:
    how: Merge = each.metadata.get(_KEY, "sum")
    if how == "peak":
        return max((value for value in (one, other) if value is not None), default=None)
    return max(one, other) if how == "level" and not same_time else one + other
