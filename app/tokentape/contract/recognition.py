"""Recognition: of which kind a frame is. Pure.

Asked of every frame, by load users thousands of times a second: each path that kinds ask for is
looked up once for a frame, however many of them ask.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

Json: TypeAlias = Any
Pick: TypeAlias = Callable[[Json, str], Json]
"""The value at a dotted path."""
_WHERE, _HAS, _ONE_OF, _NONE_OF, _BEGINS = range(5)
_Test: TypeAlias = tuple[str, int, Any]
"""A path, what is asked of its value, and with what."""


class Conditions(Protocol):
    """What a kind asks of a frame: see `tokentape.contract.contract.Kind`."""

    @property
    def name(self) -> str: ...
    @property
    def event(self) -> str | None: ...
    @property
    def where(self) -> Mapping[str, Json]: ...
    @property
    def has(self) -> tuple[str, ...]: ...
    @property
    def one_of(self) -> Mapping[str, tuple[Json, ...]]: ...
    @property
    def none_of(self) -> Mapping[str, tuple[Json, ...]]: ...
    @property
    def begins(self) -> Mapping[str, str]: ...


KindT = TypeVar("KindT", bound=Conditions)


class Recognition(Generic[KindT]):
    """Kinds in the order in which they are tried.

    `kind_from` is the path that tells those without conditions of their own: it holds their name.
    """

    __slots__ = ("_kind_from", "_kinds", "_pick")

    def __init__(self, kinds: Sequence[KindT], pick: Pick, kind_from: str | None = None) -> None:
        self._kinds = tuple((kind, kind.event, tuple(_tests(kind))) for kind in kinds)
        self._kind_from = kind_from
        self._pick = pick

    def kind_of(self, event: str, payload: Json) -> KindT | None:
        """The first kind whose conditions a frame meets."""
        pick = self._pick
        known: dict[str, Json] = {}
        named = None if self._kind_from is None else pick(payload, self._kind_from)
        for kind, name, tests in self._kinds:
            if name is not None:
                if name != event:
                    continue
            elif not tests and self._kind_from is not None:
                if kind.name == named:
                    return kind
                continue
            for path, ask, due in tests:
                if path in known:
                    value = known[path]
                else:
                    value = known[path] = pick(payload, path)
                if ask == _HAS:
                    if value is None:
                        break
                elif ask == _WHERE:
                    if value != due:
                        break
                elif ask == _NONE_OF:
                    if value is None or value == "" or value in due:
                        break
                elif ask == _ONE_OF:
                    if value not in due:
                        break
                elif not str(value).startswith(due):
                    break
            else:
                return kind
        return None


def _tests(kind: Conditions) -> Iterator[_Test]:
    yield from ((path, _WHERE, value) for path, value in kind.where.items())
    yield from ((path, _HAS, None) for path in kind.has)
    yield from ((path, _ONE_OF, values) for path, values in kind.one_of.items())
    yield from ((path, _NONE_OF, values) for path, values in kind.none_of.items())
    yield from ((path, _BEGINS, prefix) for path, prefix in kind.begins.items())
