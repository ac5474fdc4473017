"""How long each piece of an answer took from the mock to the app's client and to the screen.

Pure. All times are CLOCK_MONOTONIC of one host in nanoseconds; the page's are mapped onto it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tokentape.contract.contract import Json
from tokentape.contract.timeline import percentile
from tokentape.ui.answer.mock_script import Played

PAINTINGS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Hop:
    """What one part of the way added, in milliseconds."""

    name: str
    p50_ms: float
    p99_ms: float
    meaning: str


@dataclass(frozen=True, slots=True)
class Painting:
    """The page had so many characters on the screen at this time."""

    characters: int
    at_ns: int


def hops_of(
    reads: Sequence[tuple[int, int]],
    played: Played,
    paintings: Sequence[Painting],
    start: int = 0,
) -> tuple[Hop, ...]:
    """By hop, what is known of what came after the first `start` characters.

    `reads` is (characters so far, time of the read) of each text.
    """
    read_ns = [at_ns for _, at_ns in reads]
    lengths = [characters for characters, _ in reads]
    shown_ns = [
        at_ns if length > start else None
        for length, at_ns in zip(lengths, _when(paintings, lengths), strict=True)
    ]
    hops = [
        _hop(
            "app → page",
            [shown - read for shown, read in zip(shown_ns, read_ns, strict=True) if shown],
            "from the socket's read to the painted text",
        )
    ]
    # Under a fault the frames are not the texts that came, so there is nothing to pair.
    if played.exact and len(played.frames) == len(reads):
        written_ns = [frame.written_ns for frame in played.frames]
        hops[:0] = [
            _hop(
                "mock → app",
                # The ledger is written after the write, so a quick reader can be before it.
                [max(0, r - w) for r, w in zip(read_ns, written_ns, strict=True)],
                "from the mock's write to the page's own read, through the server",
            )
        ]
        hops.append(
            _hop(
                "mock → page",
                [s - written for s, written in zip(shown_ns, written_ns, strict=True) if s],
                "the whole way, from the mock's write to the painted text",
            )
        )
    return tuple(hop for hop in hops if hop is not None)


def paintings_of(value: Json) -> Sequence[Painting]:
    """The paintings that a page told as pairs of characters and milliseconds; what is none of these
    is left out."""
    paintings: list[Painting] = []
    for one in value[:PAINTINGS_MAX] if isinstance(value, list) else ():
        match one:
            case [int(characters), int() | float() as ms] if abs(ms) < 1e15:
                paintings.append(Painting(characters, round(ms * 1e6)))
    return paintings


def to_json(hops: Sequence[Hop]) -> Sequence[Mapping[str, Json]]:
    """Hops as the page is given them."""
    return [
        {"name": h.name, "p50": round(h.p50_ms, 1), "p99": round(h.p99_ms, 1), "meaning": h.meaning}
        for h in hops
    ]


def _when(paintings: Sequence[Painting], lengths: Sequence[int]) -> Sequence[int | None]:
    times: list[int | None] = []
    place = 0
    for length in lengths:
        while place < len(paintings) and paintings[place].characters < length:
            place += 1
        times.append(paintings[place].at_ns if place < len(paintings) else None)
    return times


def _hop(name: str, taken_ns: Sequence[int], meaning: str) -> Hop | None:
    if not taken_ns:
        return None
    p50, p99 = ((percentile(taken_ns, p) or 0) / 1e6 for p in (50, 99))
    return Hop(name, p50, p99, meaning)
