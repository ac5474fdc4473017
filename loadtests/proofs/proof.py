"""Proof: a claim about the load tests themselves, shown or not shown by running them."""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of evidence; `right` is `None` for what is only told."""

    words: str
    right: bool | None = None

    def __str__(self) -> str:
        mark = {True: "shown    ", False: "NOT SHOWN", None: "         "}[self.right]
        return f"{mark}  {self.words}"


Evidence = Iterator[Shown]
