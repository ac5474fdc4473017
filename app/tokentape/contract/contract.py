"""What one dialect promises over one transport, as data that all parts share.

Pure. Says how a turn is spelled, how frames are told apart and what they hold; not how to send.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from tokentape.contract.life import Channel, Life, PatchedValue, Shorthands
from tokentape.contract.order import Order, State
from tokentape.contract.ownership import Ownership
from tokentape.contract.paths import parts_of
from tokentape.contract.recognition import Recognition

Json: TypeAlias = Any  # a decoded JSON value; its shape is the peer's, checked where it is read
Transport: TypeAlias = Literal["sse", "socketio", "websocket"]
Outcome: TypeAlias = Literal["completed", "stopped", "failed"]

_PLACE = re.compile(r"\$([A-Za-z_]\w*)")
EARLIER = "$earlier"
"""The key of a template's element that stands for all messages that were said before."""

TRANSPORTS: tuple[str, ...] = get_args(Transport)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of event, how it is recognised and which of its fields hold what.

    Paths are dotted (`choices.0.delta.content`); the empty path is the whole payload.
    The first kind of a contract that matches a frame is its kind.
    """

    name: str
    """What `order` and reports call it."""
    event: str | None = None
    """The wire's event name, where the transport carries one."""
    where: Mapping[str, Json] = field(default_factory=dict)
    """Paths that must hold exactly this value."""
    has: tuple[str, ...] = ()
    """Paths that must hold anything but null."""
    one_of: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """Paths that must hold one of these values."""
    none_of: Mapping[str, tuple[Json, ...]] = field(default_factory=dict)
    """Paths that must hold a value, and none of these; null and an empty text are no value."""
    text: str | None = None
    """The path of the piece of answer that this event carries; `one|other` is the first that holds
    a text."""
    accumulated: str | None = None
    """The path of a field that must equal the concatenation of all pieces so far."""
    end: Outcome | None = None
    """Set on terminal events: how the answer ended."""
    close: bool = False
    """Whether it is no event, but the server's close of a whole stream."""
    code: str | None = None
    """The path of the error code, on events that end in failure."""
    begins: Mapping[str, str] = field(default_factory=dict)
    """Paths whose text must begin so."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """Path → what it must hold: see `tokentape.contract.field_types`. It does not tell the kind."""
    refers: Mapping[str, str] = field(default_factory=dict)
    """Path → the life of which its value, if there is one, is a key that was opened before."""
    lists: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Path → a life and a state: a list there, if there is one, names exactly the keys that are in
    this state by then, of those that the run itself opened. Of a run's lists at the path of a kind
    the first is looked at."""
    pieces: Mapping[str, str] = field(default_factory=dict)
    """Channel → the path of the piece of it that this event carries."""
    wholes: Mapping[str, str] = field(default_factory=dict)
    """Channel → the path that must repeat its pieces so far; `{0}`, `{1}` are the key's parts, and
    then each key's value is looked for. `path?` may be absent there."""
    values: Mapping[str, str] = field(default_factory=dict)
    """Channel → the path of the JSON value that its pieces spell."""
    parts: "tuple[Part, ...]" = ()
    """Lists whose elements are events of their own."""
    splits: str | None = None
    """The path of a list: the event stands for as many events as the list has elements, each with
    that one alone, and each of the kind that it then is."""
    never: str | None = None
    """Why no event of this kind may come, wherever it does. A place in the order says only how the
    walk goes on behind it."""

    def lacks(self, event: str, payload: Json) -> list[str]:
        """What keeps a frame from being of this kind, in words."""
        found = []
        if self.event not in (None, event):
            found.append(f"it is called {event!r}, not {self.event!r}")
        for path, value in self.where.items():
            if pick(payload, path) != value:
                found.append(f"{path or 'it'} is {_short(pick(payload, path))}, not {value!r}")
        found += [f"it has no {path}" for path in self.has if pick(payload, path) is None]
        for path, values in self.one_of.items():
            if pick(payload, path) not in values:
                known = ", ".join(map(repr, values))
                found.append(f"{path} is {_short(pick(payload, path))}, not one of {known}")
        for path, values in self.none_of.items():
            if (value := pick(payload, path)) is None or value == "" or value in values:
                found.append(f"{path} is {_short(value)}")
        for path, prefix in self.begins.items():
            if not str(value := pick(payload, path)).startswith(prefix):
                found.append(f"{path} is {_short(value)}, and does not begin with {prefix!r}")
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A list in an event: each element is an event, told by the first of these kinds that fits."""

    of: str
    """The path of the list; an object in its place is its one element."""
    kinds: tuple[Kind, ...]
    """What an element may be."""
    recognition: Recognition[Kind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "recognition", Recognition(self.kinds, pick))


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestTemplate:
    """An HTTP request as a template: `$name` is replaced by the turn's value of that name."""

    method: str
    """GET, POST, PUT, PATCH or DELETE."""
    path: str
    """Below the server's address, with a slash at its beginning."""
    body: Json = None
    """Sent as JSON; what it names and has no value is left out."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside those that the check sends; one whose value is absent is left out."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters of the URL, beside those that its path has; one whose value is absent is left
    out."""
    form: Mapping[str, Json] = field(default_factory=dict)
    """A body of fields, as a page's form sends it (`application/x-www-form-urlencoded`); instead of
    `body`."""
    take: Mapping[str, str] = field(default_factory=dict)
    """Value name → path in the JSON answer, for requests made before the turn itself."""

    @property
    def carries_question(self) -> bool:
        """Whether it carries the question: the answer begins when it is sent."""
        return any("$message" in repr(part) for part in (self.body, self.query, self.form))

    def taken(self, values: Mapping[str, Json]) -> bool:
        """Whether all that it would take is known already, and it need not be made."""
        return bool(self.take) and all(values.get(name) is not None for name in self.take)


@dataclass(frozen=True, slots=True, kw_only=True)
class Emit:
    """A socket event as a template: `$name` is replaced by the turn's value of that name."""

    event: str
    """Its name."""
    payload: Json = None
    """What it carries; what it names and has no value is left out."""
    take: Mapping[str, str] = field(default_factory=dict)
    """Value name → path in the acknowledgement, which is then waited for; of events before the
    question."""
    waits_for: str | None = None
    """The event of the server's that is waited for before anything else is sent; of events before
    the question."""


Call: TypeAlias = RequestTemplate | Emit


@dataclass(frozen=True, slots=True, kw_only=True)
class Handshake:
    """The request that opens a socket, as a template beside `auth`."""

    path: str = "/socket.io/"
    """Of Engine.IO; a plain WebSocket's is the contract's `namespace`."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside the cookies that earlier answers set."""
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters of its address; one whose value is absent is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one dialect promises over one transport."""

    dialect: str
    """What reports call the protocol."""
    transport: Transport
    """`sse` (any stream over HTTP), `socketio` or `websocket`."""
    start: Call
    """What asks: a request, or over a socket an event."""
    kinds: tuple[Kind, ...]
    """How events are told apart, and what they hold; the first that fits is an event's kind."""
    order: Order
    """State → kind → the state after it, from `opened` on. `"*"` is every kind that is not named
    elsewhere; a state without exits is an end."""
    namespace: str = "/"
    """Socket.IO namespace, or the path of a plain WebSocket."""
    auth: Json = None
    """Template of the socket handshake's `auth`; over a plain WebSocket it is the first frame."""
    handshake: Handshake = field(default_factory=Handshake)
    """How a socket is opened."""
    emits_before: tuple[Emit, ...] = ()
    """Events that are sent over a socket once it is open, before the question."""
    before: tuple[RequestTemplate, ...] = ()
    """Requests that prepare a turn, such as a login or creating a thread; over a socket they are
    made before it is opened."""
    resume: Call | None = None
    """How a client comes back to a run whose connection was lost."""
    stop: Call | None = None
    """How a run is stopped; without it over HTTP, the client hangs up."""
    run: str | None = "runId"
    """The path of the run's id."""
    seq: str | None = "seq"
    """The path of the event's number within its run, from 0 without gaps."""
    conversation: str | None = None
    """The path of the id that continues a conversation."""
    steady: tuple[str, ...] = ()
    """Paths whose value must not change within a run, wherever they appear."""
    blank_ids: bool = False
    """Whether `""` and 0 in place of an id mean that there is none: in `run` and `steady`."""
    tied: Mapping[str, str] = field(default_factory=dict)
    """Path → the path whose value goes with it: wherever both appear, the same with the same."""
    ignored: tuple[str, ...] = ()
    """Wire events that belong to no turn."""
    needs_token: bool = False
    """Whether nobody is answered without a JSON web token."""
    lives: tuple[Life, ...] = ()
    """Things that are told apart by a key, each with an order of its own."""
    channels: tuple[Channel, ...] = ()
    """Values that come in pieces."""
    documents: tuple[PatchedValue, ...] = ()
    """Values that events patch."""
    shorthands: Shorthands | None = None
    """Kinds that say in one what others say one after another."""
    ownership: Ownership | None = None
    """Who may go on with what somebody else began."""
    kind_from: str | None = None
    """The path that tells a kind without conditions of its own: it holds the kind's name."""
    unknown: Literal["wrong", "passed"] = "wrong"
    """Whether events of no kind may come. One that is nearly of a kind is wrong in either case."""
    may_stop_in: tuple[State, ...] = ()
    """States with exits in which the stream may stop; states without exits are ends anyway."""
    closed_before: tuple[str, ...] = ()
    """Kinds before which every life must have come to rest."""
    forgotten_after: tuple[str, ...] = ()
    """Kinds after which all lives begin anew."""
    forgotten_from: tuple[str, ...] = ()
    """Kinds back to the last of which they are forgotten: what was opened before it goes on, in the
    lives that have a state for what is known. Text that is forgotten is no part of the answer."""
    restarts_on: tuple[str, ...] = ()
    """Kinds that begin the stream's next run."""
    own_per_run: tuple[str, ...] = ()
    """Paths in the first event of a run whose value no earlier run of the stream had."""
    lane: str | None = None
    """The path that tells runs apart which go on at once; `one|other` is the first that is
    there."""
    session: Order = field(default_factory=dict)
    """The order of the events without a lane."""
    counters: tuple[str, ...] = ()
    """Paths of numbers that never fall within a run."""
    free_path: bool = False
    """Whether the path is each server's own choice: an address with a path is asked as it is, and
    only without one the path of `start` is added."""
    names_conversation: bool = False
    """Whether the client makes the id of a new conversation, and not the server."""
    close: Literal["free", "follows"] = "free"
    """`follows`: the server closes the stream behind its end, and clients wait for that."""
    framing: Literal["sse", "ndjson"] = "sse"
    """How the body of a stream is framed: server-sent events, or a line of JSON for each event."""
    bare_events: bool = False
    """Whether a server-sent event with a name and without data is one too; readers that follow the
    standard drop it."""
    must_echo: Mapping[str, str] = field(default_factory=dict)
    """Path → the path in the request's body whose value some event must repeat there."""
    text_paths: Mapping[str, str] = field(init=False, repr=False, compare=False)
    """Kind → the path of its piece of the answer: its `text`, or that of the answer's channel."""
    keyed: bool = field(init=False, repr=False, compare=False)
    """Whether more than the order of one run has to be looked at."""
    recognition: Recognition[Kind] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        named = {kind.name: kind.text for kind in self.kinds if kind.text is not None}
        for channel in self.channels if any(kind.pieces for kind in self.kinds) else ():
            for kind in self.kinds:
                if channel.answer and channel.name in kind.pieces:
                    named[kind.name] = kind.pieces[channel.name]
        # Frozen, and known once it is made: asked of every frame.
        object.__setattr__(self, "text_paths", named)
        more = (self.lives, self.channels, self.counters, self.must_echo)
        keyed = any(more) or any(kind.fields or kind.parts for kind in self.kinds)
        object.__setattr__(self, "keyed", keyed)
        events = [kind for kind in self.kinds if not kind.close]
        object.__setattr__(self, "recognition", Recognition(events, pick, self.kind_from))

    def kind_of(self, event: str, payload: Json) -> Kind | None:
        """The kind of a frame, `None` for one that the contract does not know."""
        return self.recognition.kind_of(event, payload)

    def nearly(self, event: str, payload: Json) -> str:
        """Which kind a frame of no kind is most like, and what it lacks; empty if it is like none.

        Like: all but one of two conditions or more hold. Of several, the one that lacks what lies
        nearest to the top: a frame without `choices.0.delta` lacks its fields too.
        """
        candidates: list[tuple[int, int, str]] = []
        for kind in self.kinds:
            if kind.never is not None or kind.close:
                continue
            given = sum(value is not None for value in kind.where.values())
            conditions = (kind.event is not None) + given + len(kind.has)
            conditions += len(kind.one_of) + len(kind.none_of)
            lacks = kind.lacks(event, payload)
            if len(lacks) == 1 and conditions > 1:
                path = next((word for word in lacks[0].split() if "." in word), "")
                words = f"like {kind.name}, but {lacks[0]}"
                candidates.append((path.count("."), len(path), words))
        return min(candidates, key=lambda one: one[:2])[2] if candidates else ""

    def kind(self, name: str) -> Kind | None:
        """The kind with this name."""
        return next((kind for kind in self.kinds if kind.name == name), None)

    @property
    def close_kind(self) -> Kind | None:
        """The kind that stands for the close of a whole stream, where that is the end."""
        return next((kind for kind in self.kinds if kind.close), None)

    @property
    def reads_request(self) -> bool:
        """Whether what the request says matters to what is due."""
        lives = (
            life.numbered_to is not None or life.known_as is not None or life.only_asked
            for life in self.lives
        )
        begun = (document.begins_as is not None for document in self.documents)
        return bool(self.must_echo) or any(lives) or any(begun)

    @property
    def key(self) -> str:
        """How people name it: `ai-chat/sse`."""
        return f"{self.dialect}/{self.transport}"


def _short(value: Json) -> str:
    text = "absent" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"


def pick(payload: Json, path: str) -> Json:
    """The value at a dotted path, `None` where there is none."""
    value = payload
    for part, place in parts_of(path):
        if type(value) is dict:  # as JSON has it: known at once, where an ABC is asked at length
            value = value.get(part)
        elif isinstance(value, list):
            if not 0 <= place < len(value):
                return None
            value = value[place]
        elif isinstance(value, Mapping):
            value = value.get(part)
        else:
            return None
    return value


def pick_text(payload: Json, path: str) -> Json:
    """The value at a path; of `one|other` the first text, else the first that is there."""
    if "|" not in path:
        return pick(payload, path)
    values = [pick(payload, one) for one in path.split("|")]
    texts = (value for value in values if isinstance(value, str))
    return next(texts, next((value for value in values if value is not None), None))


def fill(template: Json, values: Mapping[str, Json]) -> Json:
    """A template with its `$name` places filled; keys whose value is absent or null are left out.

    A string that is only `$name` becomes the value itself, of whatever type; inside a longer string
    (a path, a header) the value is written as text, and one absent value makes the string absent.
    A value that is a function is called for each place: so ids are fresh ones. An element of a list
    `{$earlier: template}` stands for one element for each message that was said before, whose own
    `$id`, `$role` and `$content` its template names.
    """
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, Mapping):
        filled = {key: fill(value, values) for key, value in template.items()}
        return {key: value for key, value in filled.items() if value is not None}
    if isinstance(template, list | tuple):
        return [one for value in template for one in _elements(value, values)]
    return template


def _elements(template: Json, values: Mapping[str, Json]) -> Iterator[Json]:
    if isinstance(template, Mapping) and EARLIER in template:
        for message in values.get(EARLIER.removeprefix("$")) or ():
            yield fill(template[EARLIER], {**values, **message})
    else:
        yield fill(template, values)


def _fill_text(template: str, values: Mapping[str, Json]) -> Json:
    if whole := _PLACE.fullmatch(template):
        return _value(values, whole[1])
    names = set(_PLACE.findall(template))
    if any(values.get(name) is None for name in names):
        return None
    # In one pass: a value that holds a `$name` of its own is not filled again.
    return _PLACE.sub(lambda place: str(_value(values, place[1])), template)


def _value(values: Mapping[str, Json], name: str) -> Json:
    value = values.get(name)
    return value() if callable(value) else value
