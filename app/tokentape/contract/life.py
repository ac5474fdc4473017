"""Lives and channels: what a contract says of things that are told apart by a key. Pure data.

A life is an order that is walked once for each key: a message by its id, a tool call by its index.
A channel is a value that comes in pieces: the text of each message, the arguments of each call.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from tokentape.contract.order import Order, State

Shape: TypeAlias = Literal["any", "object"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Keyed things of one sort, each of which follows the order from `opened` by itself."""

    name: str
    """What reports call one."""
    key: tuple[str, ...]
    """Paths whose values tell one from another. `path?` may be absent, `one|other` is the first
    that is there, `../path` looks into the event that the list element came in."""
    order: Order
    """The states of one, from `opened` on."""
    may_stop_in: tuple[State, ...] = ()
    """States with exits in which one may be left; states without exits are ends anyway."""
    within: str | None = None
    """The life whose key this one's begins with, and which must be open meanwhile."""
    closed_before: tuple[str, ...] = ()
    """Kinds before which the lives within this one must have come to rest."""
    constant: tuple[str, ...] = ()
    """Paths whose value does not change for a key; `one|other` is the first that is there."""
    dense: bool = False
    """Whether the key's last part counts 0, 1, 2, … in the order of opening."""
    sticky: bool = False
    """Whether an event without the key goes on with the latest."""
    new_each_time: bool = False
    """Whether a key that is opened again is another one, whose text stands where it was opened;
    without it, its text goes on where the key was opened first."""
    known_as: State | None = None
    """The state of what was there before: a key that the request names, or a run before in the same
    stream. `None`: each key begins as `opened`, whoever names it."""
    numbered_to: str | None = None
    """The path in the request's body that says how many there are: the keys' last parts are the
    numbers from 0 up to it, opened in any order. A request without it asks for one."""
    only_asked: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Path in the request's body → values: the order holds only for requests that have one of them
    at each path, and where the request is known; `null` is a path that is absent too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A value that comes in pieces, put together for each key of a life, or once for a run."""

    name: str
    """What kinds call it: in `pieces`, `wholes` and `values`."""
    of: str | None = None
    """The life by whose keys the pieces are told apart; `None`: one value a run."""
    json: Shape | None = None
    """What the value must be, once it is whole: any JSON, or a JSON object. An empty one may be
    anything."""
    begins_at_once: bool = False
    """Whether its first piece must be more than blanks: some clients read each beginning as JSON,
    and blanks alone are none."""
    excused_by: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Path → values by which some event of the run excuses JSON that lacks its end: an answer cut
    by a limit."""
    excused_on: tuple[str, ...] = ()
    """Kinds that say of their key that its value is broken: then it may be anything."""
    answer: bool = False
    """Whether it is the text of the answer."""
    answer_unless: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    """Path → values in the first event of a key by which its value is no part of the answer: what
    a server tells of the user's own words."""
    each: bool = False
    """Whether each key's value is an answer of its own, and not a part of one."""
    content: bool = True
    """Whether anything was said once it has a piece: an id that an end repeats is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchedValue:
    """A JSON value that events set whole, and that others change by patches of RFC 6902, which must
    apply."""

    name: str
    """What reports call it."""
    set_by: Mapping[str, str]
    """Kind → the path of the whole."""
    patched_by: Mapping[str, str]
    """Kind → the path of the list of operations."""
    key: str | None = None
    """The path whose values tell one from another; `None`: there is one."""
    begins_as: str | None = None
    """The path in the request's body that holds it before anything has come; what is empty or
    absent there is not known."""
    forgotten_by: tuple[str, ...] = ()
    """Kinds after which nobody knows any, until one is set again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shorthand:
    """A kind that says in one what others say one after another: an opening, a piece and an end."""

    kind: str
    """Its name."""
    opens: str
    """The kind of the opening that its first event stands for, with whatever that must hold."""
    goes_on: str
    """The kind of the piece that each of its events with a piece stands for."""
    closes: str
    """The kind of the end, which another event stands for that comes instead."""
    key: str
    """The path that names the thing: only the first event of one must have it."""
    piece: str
    """The path of the piece."""
    needs: tuple[str, ...] = ()
    """Other paths that the first event of one must have."""
    settled: Mapping[str, Any] = field(default_factory=dict)
    """Paths whose value the first event settles: later ones leave it out or repeat it. With what it
    is where the first leaves it out, `null` where it is then nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shorthands:
    """Kinds that are written out before any life is followed, and what ends a thing of theirs."""

    kinds: tuple[Shorthand, ...]
    """Each of them."""
    owner: str | None = None
    """The path that tells owners apart: each has one such thing open at most."""
    passed_by: tuple[str, ...] = ()
    """Kinds that may come amid a thing of their owner; any other ends it."""
    closed_by: tuple[str, ...] = ()
    """Kinds that end the things of all owners."""
