"""Proof: a claim about this project that only a running machine can show, shown or not shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of evidence; `right` is `None` for what only informs.

    `figure` and `limit` are the line's columns in the table at the end: what was measured, and what
    it may be. Without a figure, the words stand there.
    """

    words: str
    right: bool | None = None
    figure: str = ""
    limit: str = ""

    def __str__(self) -> str:
        mark = {True: "shown    ", False: "NOT SHOWN", None: "         "}[self.right]
        return f"{mark}  {self.words}"


Evidence = Iterator[Shown]


@dataclass(frozen=True, slots=True)
class Proof:
    """A row of `tokentape_load.proofs.table`."""

    name: str
    words: str
    """What is claimed, in one line."""
    prove: Callable[[], Evidence]
    prove_for: Callable[[str], Evidence] | None = None
    """The same for these dialects alone, where it is about dialects. Raises `ValueError`."""
