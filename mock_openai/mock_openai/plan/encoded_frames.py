"""The bytes of many frames that differ only in the middle, put together when they are wanted.

Of a plan with hundreds of frames that is most of the work and of the memory. Pure.
"""

from abc import abstractmethod
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import overload

import orjson

_LONGEST_CACHED = 20_000  # bytes: with the most of them at once some megabytes


def pieces_of(together: bytes) -> Sequence[bytes]:
    """From a JSON array of strings what stands between the quotes of each, as it is escaped."""
    return _cut(together)[1]


def _cut(together: bytes) -> tuple[bytes, Sequence[bytes]]:
    """The array in as many bytes as it has, and its pieces. orjson leaves room behind its bytes,
    ten times their length and more, which would stay for as long as they do."""
    if len(together) <= _LONGEST_CACHED:
        return _cached_cut(together)
    return bytes(memoryview(together)), _pieces(together)


@lru_cache(maxsize=64)
def _cached_cut(together: bytes) -> tuple[bytes, Sequence[bytes]]:
    """A scripted text comes again, cut the same way: its answers share what is here."""
    return bytes(memoryview(together)), tuple(_pieces(together))


def _pieces(together: bytes) -> list[bytes]:
    if b'\\"' in together:  # a quote in a text: where the texts end is not to be seen
        return [orjson.dumps(text)[1:-1] for text in orjson.loads(together)]
    return together[2:-2].split(b'","') if len(together) > 2 else []


class EncodedFrames(Sequence[bytes]):
    """`begin`, then each of `pieces` between `before` and `after`, then `end`.

    `together` is a JSON array of the texts that the pieces are.
    """

    __slots__ = ("after", "before", "begin", "end", "pieces", "together")

    def __init__(
        self,
        begin: Sequence[bytes],
        before: bytes,
        together: bytes,
        after: bytes,
        end: Sequence[bytes],
        pieces: Sequence[bytes] | None = None,
    ) -> None:
        if pieces is None:
            together, pieces = _cut(together)
        self.begin = begin
        self.before = before
        self.together = together
        self.pieces = pieces
        self.after = after
        self.end = end

    def __len__(self) -> int:
        return len(self.begin) + len(self.pieces) + len(self.end)

    def __iter__(self) -> Iterator[bytes]:
        before, after = self.before, self.after
        yield from self.begin
        yield from [before + piece + after for piece in self.pieces]
        yield from self.end

    @overload
    def __getitem__(self, place: int) -> bytes: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[bytes]: ...

    def __getitem__(self, place: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        at = place - len(self.begin)
        if 0 <= at < len(self.pieces):
            return self.before + self.pieces[at] + self.after
        if not -len(self) <= place < len(self):
            raise IndexError(place)
        place %= len(self)
        at = place - len(self.begin)
        if at < 0:
            return self.begin[place]
        at -= len(self.pieces)
        return self.end[at] if at >= 0 else self[place]

    @property
    def most(self) -> int:
        """All of it has no more bytes than these."""
        around = len(self.before) + len(self.after)
        ends = sum(map(len, self.begin)) + sum(map(len, self.end))
        return around * len(self.pieces) + len(self.together) + ends

    def joined(self, first: int, last: int) -> bytes:
        """Those from `first` to before `last`."""
        begins, most = len(self.begin), len(self.pieces)
        middle = self.pieces[max(0, first - begins) : max(0, last - begins)]
        ends = self.end[max(0, first - begins - most) : max(0, last - begins - most)]
        if not middle:
            return b"".join((*self.begin[first:last], *ends))
        # Each byte is copied twice and not four times: of a long answer this is the most work.
        between = (self.after + self.before).join(middle)
        return b"".join((*self.begin[first:last], self.before, between, self.after, *ends))

    def grouped(self, ends: Sequence[int]) -> "EncodedFrames | None":
        """Joined up to each of `ends`; None where more of the pieces than the first and the last
        would be."""
        begins, most = len(self.begin), len(self.pieces)
        inside = next((i for i, end in enumerate(ends) if end >= begins), len(ends))
        if len(ends) - inside < 2 or ends[-2] - ends[inside] != len(ends) - 2 - inside:
            return None
        first, last = ends[inside] - begins, ends[-2] - begins
        if last > most:
            return None
        starts = (0, *ends[:inside])
        begin = [self.joined(*both) for both in zip(starts, ends[: inside + 1], strict=True)]
        end = (self.joined(ends[-2], ends[-1]),)
        pieces = self.pieces[first:last]
        return EncodedFrames(begin, self.before, self.together, self.after, end, pieces)


class Counted(Sequence[int]):
    """Numbers that are counted anew whenever they are asked for: seldom, and of many answers."""

    __slots__ = ()

    @abstractmethod
    def all(self) -> list[int]:
        """Counted anew."""

    def __len__(self) -> int:
        return len(self.all())

    def __iter__(self) -> Iterator[int]:
        return iter(self.all())

    @overload
    def __getitem__(self, place: int) -> int: ...

    @overload
    def __getitem__(self, place: slice) -> list[int]: ...

    def __getitem__(self, place: int | slice) -> int | list[int]:
        return self.all()[place]


@dataclass(frozen=True, slots=True)
class Sizes(Counted):
    """The lengths of frames in bytes; `together` is the JSON array of what is in the middle."""

    begin: Sequence[int]
    around: int = 0
    together: bytes = b"[]"
    end: Sequence[int] = ()

    def all(self) -> list[int]:
        middle = [self.around + len(piece) for piece in pieces_of(self.together)]
        return [*self.begin, *middle, *self.end]


@dataclass(frozen=True, slots=True)
class Lengths(Counted):
    """The lengths of the texts of a JSON array, in characters."""

    together: bytes

    def all(self) -> list[int]:
        return list(map(len, orjson.loads(self.together)))


def sizes_of(datas: Sequence[bytes]) -> Sizes:
    """The lengths in bytes."""
    if not isinstance(datas, EncodedFrames):
        return Sizes(array("l", map(len, datas)))
    around = len(datas.before) + len(datas.after)
    return Sizes(tuple(map(len, datas.begin)), around, datas.together, tuple(map(len, datas.end)))


def lengths_of(datas: Sequence[bytes], texts: Sequence[str]) -> Sequence[int]:
    """The lengths of `texts`, which are what is said in `datas`."""
    if isinstance(datas, EncodedFrames) and len(texts) == len(datas.pieces):
        return Lengths(datas.together)
    return array("l", map(len, texts))


def longest_of(datas: Sequence[bytes]) -> int:
    """All of them together have no more bytes than these."""
    return datas.most if isinstance(datas, EncodedFrames) else sum(map(len, datas))


def joined(datas: Sequence[bytes], ends: Sequence[int]) -> Sequence[bytes]:
    """One for each of `ends`, which is where it ends."""
    if isinstance(datas, EncodedFrames):
        grouped = datas.grouped(ends)
        if grouped is not None:
            return grouped
    starts = [0, *ends[:-1]][: len(ends)]
    if isinstance(datas, EncodedFrames):
        return tuple(datas.joined(*both) for both in zip(starts, ends, strict=True))
    return tuple([b"".join(datas[a:b]) for a, b in zip(starts, ends, strict=True)])
