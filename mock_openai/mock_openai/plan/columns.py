"""Rows of a named tuple, kept by columns: an answer has hundreds of them, and on the usual way
through nobody looks at one alone. Pure."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any, ClassVar, Self, TypeVar, overload

Row = TypeVar("Row", bound=tuple[Any, ...], covariant=True)


class Rows(Sequence[Row]):
    """A sequence like any other; a slice of it is a tuple of rows. Columns are equally long."""

    __slots__ = ("columns",)
    row: ClassVar[type[tuple[Any, ...]]]

    def __init__(self, *columns: Sequence[Any]) -> None:
        self.columns = columns

    @classmethod
    def of(cls, rows: Iterable[tuple[Any, ...]]) -> Self:
        """From rows to columns."""
        columns = tuple(zip(*rows, strict=True))
        return cls(*(columns or ((),) * len(cls.row._fields)))  # type: ignore[attr-defined]  # a named tuple's

    def __len__(self) -> int:
        return len(self.columns[0])

    def __iter__(self) -> Iterator[Row]:
        # Many at once: several times as quick as one by one.
        made: Callable[..., Row] = partial(tuple.__new__, self.row)  # type: ignore[assignment]  # `row` is Row's class
        return map(made, zip(*self.columns, strict=True))

    @overload
    def __getitem__(self, place: int) -> Row: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Row, ...]: ...

    def __getitem__(self, place: int | slice) -> Row | tuple[Row, ...]:
        if isinstance(place, slice):
            return tuple(type(self)(*(column[place] for column in self.columns)))
        return next(iter(type(self)(*([column[place]] for column in self.columns))))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return f"{type(self).__name__}.of({list(self)!r})"
