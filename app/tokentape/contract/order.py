"""Which event may follow which, as one table per contract and one function that follows it.

Pure: knows nothing of transports, payloads or time.
"""

from collections import Counter, deque
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass
from typing import TypeAlias

State: TypeAlias = str
Order: TypeAlias = Mapping[State, Mapping[str, State]]
"""State → kind of event → next state. A state without exits is an end."""

OPENED: State = "opened"
"""Where every order starts."""

OTHERS = "*"
"""An exit for every known kind that the table names nowhere."""

UNKNOWN = "(unknown event)"
"""In place of the kind of an event that a contract does not know."""

STREAM_END = "(end of stream)"
"""In place of a kind: the end of a stream that may stop where it did."""


@dataclass(frozen=True, slots=True)
class Misstep:
    """An event that its order does not allow where it came."""

    index: int
    kind: str
    state: State
    allowed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walk:
    """Where an order got to by following events, and what did not fit on the way.

    `ended_at` is the index of the event that led into an end, `None` while none has come.
    """

    state: State
    ended_at: int | None
    missteps: tuple[Misstep, ...]


def is_end(order: Order, state: State) -> bool:
    """Whether nothing may follow in this state."""
    return not order.get(state)


def ends_of(order: Order) -> frozenset[State]:
    """The states in which a stream may rightly stop."""
    named = set(order) | {after for exits in order.values() for after in exits.values()}
    return frozenset(state for state in named if is_end(order, state))


def follow(
    order: Order, kinds: Iterable[str], states: list[State] | None = None, start: State = OPENED
) -> Walk:
    """Walk through an order and note the misfits; `states` gets the state after each event.

    One that came too early, or too often, leaves the state as it was. Where nothing that the state
    waits for comes any more, an event is missing: the walk goes on behind it, so that one loss is
    one misstep.
    """
    came = list(kinds)
    left = Counter(came)
    state, ended_at = start, None
    missteps: list[Misstep] = []
    names: frozenset[str] | None = None  # of use to few orders
    for index, kind in enumerate(came):
        left[kind] -= 1
        exits = order.get(state, {})
        if kind in exits:
            state = exits[kind]
        elif OTHERS in exits and kind != UNKNOWN and kind not in (names := names or named(order)):
            state = exits[OTHERS]
        else:
            missteps.append(Misstep(index, kind, state, tuple(exits)))
            if not any(left[due] for due in exits):
                state = _beyond(order, state, kind)
        if ended_at is None and is_end(order, state):
            ended_at = index
        if states is not None:
            states.append(state)
    return Walk(state, ended_at, tuple(missteps))


def due_words(kinds: Iterable[str]) -> str:
    """Which kinds may come, as a message says it behind `where`."""
    names = ", ".join(kinds)
    return f"only {names} may come" if names else "nothing may come"


def named(order: Order) -> frozenset[str]:
    """The kinds that an order names anywhere."""
    return frozenset(kind for exits in order.values() for kind in exits)


def may_follow(order: Order, state: State, kinds: Set[str]) -> bool:
    """Whether one of these kinds may come in this state, or in some later one."""
    reached, coming = {state}, [state]
    while coming:
        exits = order.get(coming.pop(), {})
        if not kinds.isdisjoint(exits):
            return True
        fresh = set(exits.values()) - reached
        reached |= fresh
        coming += fresh
    return False


def _beyond(order: Order, state: State, kind: str) -> State:
    """The state after `kind`, allowed nearest behind this one; this one if it is nowhere there."""
    reached, coming = {state}, deque([state])
    while coming:
        exits = order.get(coming.popleft(), {})
        if kind in exits:
            return exits[kind]
        fresh = [after for after in exits.values() if after not in reached]
        reached.update(fresh)
        coming.extend(fresh)
    return state


def mermaid(order: Order, start: State = OPENED) -> str:
    """The order as a Mermaid state diagram, as the docs show it."""
    ends = ends_of(order)
    lines = ["stateDiagram-v2", f"    [*] --> {start}"]
    for state, exits in order.items():
        lines += [f"    {state} --> {after}: {kind}" for kind, after in exits.items()]
    lines += [f"    {state} --> [*]" for state in sorted(ends)]
    return "\n".join(lines)
