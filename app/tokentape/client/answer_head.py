"""Glimpse: the head of an HTTP answer and the first bytes of its body, for people to look at where
nothing else could be made of them."""

from dataclasses import dataclass

FIRST_BYTES = 2_048
"""Of a body."""


@dataclass(frozen=True, slots=True)
class Glimpse:
    """`body` is at most `FIRST_BYTES` long, and decompressed where that was possible."""

    status: int | None
    """`None` where a body alone was recorded."""
    headers: tuple[tuple[str, str], ...]
    """As they came, names in small letters."""
    body: bytes
    more: bool
    """Whether the body was longer."""

    def header(self, name: str) -> str:
        """A header's value; empty where it is missing. `name` is in small letters."""
        return next((value for one, value in self.headers if one == name), "")
