"""Which events each namespace knows, and what the dialects do on them.

Dialects fill it before the app serves; it knows no connection and no transport.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from tokentape.access.limits import Caller
from tokentape.errors import Refused
from tokentape.runs.tape import Label
from tokentape.viewers.connection import Connection
from tokentape.viewers.rendering import FoldOf

RESUME = "resume"
"""The event that every namespace knows: show me this run again, from there on."""

Answer: TypeAlias = dict[str, Any] | None
OnEvent: TypeAlias = Callable[[Connection, dict[str, Any]], Awaitable[Answer]]
Complain: TypeAlias = Callable[[Refused, Any], tuple[str, dict[str, Any]]]
"""The dialect's error event for a refusal of a payload."""
Introduce: TypeAlias = Callable[[Caller, Mapping[str, Any]], str]
"""Who somebody is in rooms, by the handshake's `auth`. Raises `CallerFault`."""
Greet: TypeAlias = Callable[[Connection], tuple[str, dict[str, Any]]]
Part: TypeAlias = Callable[[Connection], None]
Guest: TypeAlias = Callable[[Connection, Label], bool]
"""Whether a connection may view a run although it is somebody else's."""


@dataclass(slots=True)
class Namespace:
    """What the dialects have registered; `complain` answers events that no dialect knows."""

    complain: Complain
    require_token: bool
    events: dict[str, tuple[OnEvent, Complain]] = field(default_factory=dict)
    bearing: set[str] = field(default_factory=lambda: {RESUME})
    """The events whose payload may say by a `token` who acts."""
    starts: set[str] = field(default_factory=set)
    """The events that begin a turn."""
    folds: dict[str, FoldOf] = field(default_factory=dict)
    introduce: Introduce = lambda _caller, _auth: ""
    greetings: list[Greet] = field(default_factory=list)
    partings: list[Part] = field(default_factory=list)
    guests: dict[str, Guest] = field(default_factory=dict)


class EventTable:
    """The namespaces by name."""

    def __init__(self) -> None:
        self._namespaces: dict[str, Namespace] = {}

    def __getitem__(self, namespace: str) -> Namespace:
        return self._namespaces[namespace]

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Those that dialects have opened."""
        return tuple(self._namespaces)

    def names(self, namespace: str) -> tuple[str, ...]:
        """The events that do something in a namespace."""
        return RESUME, *self._namespaces[namespace].events

    def open(
        self,
        namespace: str,
        *,
        require_token: bool,
        complain: Complain,
        introduce: Introduce | None = None,
        greet: Greet | None = None,
        part: Part | None = None,
    ) -> None:
        """Let clients into a namespace; of several dialects that share one, each may greet."""
        row = self._namespaces.setdefault(namespace, Namespace(complain, require_token))
        row.introduce = introduce or row.introduce
        row.greetings += [greet] if greet else []
        row.partings += [part] if part else []

    def show_runs(
        self, namespace: str, dialect: str, fold_of: FoldOf, guest: Guest | None = None
    ) -> None:
        """Runs of this dialect may be viewed in this namespace, by guests too."""
        self._namespaces[namespace].folds[dialect] = fold_of
        if guest:
            self._namespaces[namespace].guests[dialect] = guest

    def on(
        self,
        namespace: str,
        event: str,
        handle: OnEvent,
        complain: Complain,
        *,
        starts: bool = False,
        bears_token: bool = False,
    ) -> None:
        """Call `handle` with each payload that is an object; its answer is the acknowledgement.

        A refusal is sent as the dialect's error event, and in the acknowledgement. `bears_token`:
        the payload may say by its `token` who acts: see `Connections.bearer`. `starts`: it begins a
        turn, and is known again when it is sent once more.
        """
        row = self._namespaces[namespace]
        row.events[event] = (handle, complain)
        if bears_token:
            row.bearing.add(event)
        if starts:
            row.starts.add(event)
