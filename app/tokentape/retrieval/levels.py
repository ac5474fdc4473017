"""Who may read what: a document's level and organisation, and a caller's clearance. Pure."""

from dataclasses import dataclass

from tokentape.access.tokens import Identity

LEVELS = ("public", "internal", "confidential")
"""From the lowest; each clearance reads its own level and those below."""


@dataclass(frozen=True, slots=True)
class Reader:
    """`clearance` is the highest level that may be read, as a place in `LEVELS`."""

    sub: str
    org: str | None
    clearance: int


def reader_of(identity: Identity) -> Reader:
    """What the token does not say, or says in a word that we don't know, is the least there is.

    An empty organisation is none: whoever has none reads their own documents alone.
    """
    known = identity.clearance in LEVELS
    clearance = LEVELS.index(identity.clearance or "") if known else 0
    return Reader(identity.sub, identity.org or None, clearance)
