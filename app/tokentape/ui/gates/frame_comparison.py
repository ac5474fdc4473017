"""What the mock wrote, next to what a client received of it. Pure.

A chunk has been received when as many characters have come as there are up to its end; a client's
events need not be cut as the mock's frames were. Both stamp by the clock of one host; the mock
when its write has returned, so that a quick client may have it a moment sooner: no hop is below 0.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tokentape.contract.contract import Json
from tokentape.contract.timeline import Seen


@dataclass(frozen=True, slots=True)
class Received:
    """How many characters of text had come, and when."""

    characters: int
    at_ns: int


def received_in(timeline: Sequence[Seen]) -> Iterator[Received]:
    """The growth of the text that a timeline shows."""
    characters = 0
    for seen in timeline:
        if seen.text:
            characters += len(seen.text)
            yield Received(characters, seen.at_ns)


def rows_of(ledger: Mapping[str, Json], received: Sequence[Received] | None) -> list[Json]:
    """A row for each frame that left: when it was due and written, in ms since the stream began,
    and when the client had it. `received` is `None` where nobody tells."""
    started_ns = ledger["started_ns"]
    characters, at, told = ledger["characters_before"], 0, []
    for row in ledger["rows"]:
        came_ns = None
        if received is not None and row["text"]:
            characters += len(row["text"])
            while at < len(received) and received[at].characters < characters:
                at += 1
            came_ns = received[at].at_ns if at < len(received) else None
        told.append(
            {
                "seq": row["seq"],
                "chunk": row["chunk"],
                "kind": row["kind"],
                "text": row["text"],
                "written_ms": _ms(row["written_ns"] - started_ns),
                "late_ms": _ms(row["written_ns"] - row["due_ns"]),
                "received_ms": None if came_ns is None else _ms(came_ns - started_ns),
                "hop_ms": None if came_ns is None else _ms(max(0, came_ns - row["written_ns"])),
            }
        )
    return told


def _ms(ns: int) -> float:
    return round(ns / 1e6, 2)
