"""Keyed checks: what lives, channels and fields of a contract mean together, before it judges
anything. Pure. Each fault is the path of what is wrong, and why."""

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from tokentape.contract.contract import Contract, Kind
from tokentape.contract.field_types import TYPES, is_type
from tokentape.contract.life import Channel
from tokentape.contract.nearest import nearest
from tokentape.contract.order import OPENED, OTHERS, STREAM_END, Order, State
from tokentape.contract.steps import gap_in

Path: TypeAlias = tuple[str | int, ...]
Fault: TypeAlias = tuple[Path, str]


def keyed_faults(contract: Contract) -> Iterator[Fault]:
    """The first fault is the one to mend first."""
    names = [kind.name for _, kind in kinds_of(contract)]
    states = _states(contract.order)
    yield from _known(("may_stop_in",), contract.may_stop_in, states, "state")
    yield from _known(("closed_before",), contract.closed_before, [*names, STREAM_END], "kind")
    for field in ("forgotten_after", "forgotten_from", "restarts_on"):
        yield from _known((field,), getattr(contract, field), names, "kind")
    if contract.own_per_run and not contract.restarts_on and contract.lane is None:
        yield ("own_per_run",), "one run has none before it: give `restarts_on` or `lane`."
    yield from _lives(contract, names)
    yield from _channels(contract, names)
    yield from _documents(contract, names)
    yield from _shorthands(contract, names)
    for number, rule in enumerate(contract.ownership.rules if contract.ownership else ()):
        yield from _known(("ownership", "rules", number, "kind"), (rule.kind,), names, "kind")
    for path, kind in kinds_of(contract):
        yield from _kind(contract, path, kind)


def kinds_of(contract: Contract) -> Iterator[tuple[Path, Kind]]:
    """All kinds, those of list elements too, with their paths."""

    def inner(path: Path, kinds: Sequence[Kind]) -> Iterator[tuple[Path, Kind]]:
        for number, kind in enumerate(kinds):
            yield (*path, number), kind
            for place, part in enumerate(kind.parts):
                yield from inner((*path, number, "parts", place, "kinds"), part.kinds)

    yield from inner(("kinds",), contract.kinds)


def _known(path: Path, used: Sequence[str], known: Sequence[str], what: str) -> Iterator[Fault]:
    for number, name in enumerate(used):
        if name not in known:
            yield (*path, number), f"no {what} is called {name!r}.{nearest(name, known)}"


def _states(order: Order) -> list[State]:
    """All of them: one without exits need not be written by itself."""
    return [*order, *(to for exits in order.values() for to in exits.values())]


def _lives(contract: Contract, names: Sequence[str]) -> Iterator[Fault]:
    lives = [life.name for life in contract.lives]
    for number, life in enumerate(contract.lives):
        path: Path = ("lives", number)
        if life.name in lives[:number]:
            yield (*path, "name"), f"{life.name!r} is there twice."
        if not life.key:
            yield (*path, "key"), "it needs a path at least."
        if life.within is not None and life.within not in lives:
            message = f"no life is called {life.within!r}.{nearest(life.within, lives)}"
            yield (*path, "within"), message
        yield from order_faults((*path, "order"), life.order, names)
        states = _states(life.order)
        yield from _known((*path, "may_stop_in"), life.may_stop_in, states, "state")
        yield from _known((*path, "closed_before"), life.closed_before, names, "kind")
        if life.known_as is not None and life.known_as not in states:
            message = f"no state is called {life.known_as!r}.{nearest(life.known_as, states)}"
            yield (*path, "known_as"), message


def order_faults(path: Path, order: Order, names: Sequence[str]) -> Iterator[Fault]:
    """Where an order does not begin, and which kinds it names that nobody knows."""
    if OPENED not in order:
        yield path, f"every order starts in the state {OPENED!r}."
    for state, exits in order.items():
        for name in exits:
            if name not in names and name != OTHERS:
                message = f"no kind is called {name!r}.{nearest(name, names)}"
                yield (*path, state, name), message


def _channels(contract: Contract, kinds: Sequence[str]) -> Iterator[Fault]:
    lives = [life.name for life in contract.lives]
    names = [channel.name for channel in contract.channels]
    for number, channel in enumerate(contract.channels):
        if channel.name in names[:number]:
            yield ("channels", number, "name"), f"{channel.name!r} is there twice."
        if channel.of is not None and channel.of not in lives:
            message = f"no life is called {channel.of!r}.{nearest(channel.of, lives)}"
            yield ("channels", number, "of"), message
        yield from _known(("channels", number, "excused_on"), channel.excused_on, kinds, "kind")


def _key_length(contract: Contract, channel: Channel) -> int:
    return max((len(life.key) for life in contract.lives if life.name == channel.of), default=0)


def _documents(contract: Contract, names: Sequence[str]) -> Iterator[Fault]:
    for number, one in enumerate(contract.documents):
        for field in ("set_by", "patched_by", "forgotten_by"):
            yield from _known(("documents", number, field), getattr(one, field), names, "kind")
        if one.begins_as is not None and one.key is not None:
            words = "the request holds one, and a key tells several apart."
            yield ("documents", number, "begins_as"), words


def _shorthands(contract: Contract, names: Sequence[str]) -> Iterator[Fault]:
    if contract.shorthands is None:
        return
    path: Path = ("shorthands",)
    for field in ("passed_by", "closed_by"):
        yield from _known((*path, field), getattr(contract.shorthands, field), names, "kind")
    for number, one in enumerate(contract.shorthands.kinds):
        for field in ("kind", "opens", "goes_on", "closes"):
            place = (*path, "kinds", number, field)
            yield from _known(place, (getattr(one, field),), names, "kind")


def _kind(contract: Contract, path: Path, kind: Kind) -> Iterator[Fault]:
    names = [channel.name for channel in contract.channels]
    for field in ("pieces", "wholes", "values"):
        for name in getattr(kind, field):
            if name not in names:
                message = f"no channel is called {name!r}.{nearest(name, names)}"
                yield (*path, field, name), message
    keys = {channel.name: _key_length(contract, channel) for channel in contract.channels}
    for name, whole in kind.wholes.items():
        for part in whole.split("."):
            gap = gap_in(part)
            if ("{" in part or "}" in part) and (gap is None or gap >= keys.get(name, 0)):
                yield (*path, "wholes", name), f"{part!r} is no part of the channel's key."
    lives = [life.name for life in contract.lives]
    for where, life in kind.refers.items():
        if life not in lives:
            message = f"no life is called {life!r}.{nearest(life, lives)}"
            yield (*path, "refers", where), message
    for where, (life, state) in kind.lists.items():
        states = {one.name: _states(one.order) for one in contract.lives}
        if life not in states:
            message = f"no life is called {life!r}.{nearest(life, lives)}"
            yield (*path, "lists", where), message
        elif state not in states[life]:
            message = f"{life!r} has no state {state!r}.{nearest(state, states[life])}"
            yield (*path, "lists", where), message
    for where, word in kind.fields.items():
        if not is_type(word):
            yield (*path, "fields", where), f"{word!r} is no type.{nearest(word, TYPES)}"
