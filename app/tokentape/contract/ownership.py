"""Ownership: whose each thing of a run is, and that nobody else goes on with it. Pure data, and the
function that follows it is in `owners`.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Takes: TypeAlias = Literal["first", "if_new", "always", "never"]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnerRule:
    """A kind whose events name a thing, and say whose it is, or leave that out."""

    kind: str
    """Its name."""
    thing: str
    """The sort of the thing: two sorts may have the same ids."""
    key: str
    """The path of its id."""
    sets: Takes = "first"
    """Whether the event makes its owner the thing's: `first` where it has none yet, and else they
    must agree; `if_new` alike, and else nothing is said; `always`, whose it was before; `never`,
    and where it has one they must agree."""
    owner: str | None = None
    """The path of the owner, where it is another one than elsewhere."""
    heir_of: str | None = None
    """The path of the id of a thing whose owner is this one's too."""
    heir_of_thing: str | None = None
    """The sort of that thing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Who goes on with a thing names the owner that its first event named, or leaves it out."""

    owner: str
    """The path of the owner. Where it is absent on the first event, the thing is nobody else's."""
    rules: tuple[OwnerRule, ...]
    """One for each kind that names a thing."""
