"""Call checks: what requests, events and the handshake of a contract mean together, and what of it
the transport does not have. Pure. Each fault is the path of what is wrong, and why."""

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass

from tokentape.contract.contract import (
    EARLIER,
    Call,
    Contract,
    Emit,
    Handshake,
    Json,
    RequestTemplate,
)
from tokentape.contract.keyed_checks import Fault, Path
from tokentape.contract.nearest import nearest

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
VALUES = (
    "message",
    "conversation",
    "model",
    "user",
    "token",
    "max_tokens",
    "temperature",
    "run",
    "seq",
    "uuid",
)
"""The `$names` that templates may use, beside what `before` takes."""
_OF_MESSAGES = ("id", "role", "content")
"""What a template of an earlier message may use beside those."""

_EARLIER_NAME = EARLIER.removeprefix("$")

_NAMED = re.compile(r"\$([A-Za-z_]\w*)")
_FIRST = frozenset(VALUES) - {"run", "seq"}
"""What is known before an answer has begun."""

_OF_SOCKETS = ("auth", "namespace", "handshake", "emits_before")
_OF_STREAMS = ("free_path", "close", "framing", "bare_events")


def call_faults(contract: Contract) -> Iterator[Fault]:
    """The first fault is the one to mend first."""
    for path, call in _calls(contract):
        if isinstance(call, RequestTemplate):
            yield from _request(path, call)
        if call is not None and _EARLIER_NAME in call.take:
            words = f"it is the name of what was said before: {EARLIER}."
            yield (*path, "take", _EARLIER_NAME), words
        yield from _misplaced(path, call)
    yield from _misplaced(("auth",), contract.auth)
    yield from _misplaced(("handshake",), contract.handshake)
    yield from _transport(contract)
    yield from _names(contract)
    for number, kind in enumerate(contract.kinds):
        for where, value in kind.where.items():
            if isinstance(value, list | tuple) and value:
                message = "a list is compared as a whole: for one of several values write one_of."
                yield ("kinds", number, "where", where), message


def _calls(contract: Contract) -> Iterator[tuple[Path, Call | None]]:
    for number, request in enumerate(contract.before):
        yield ("before", number), request
    for number, emit in enumerate(contract.emits_before):
        yield ("emits_before", number), emit
    yield ("start",), contract.start
    yield ("resume",), contract.resume
    yield ("stop",), contract.stop


def _request(path: Path, call: RequestTemplate) -> Iterator[Fault]:
    if call.method not in METHODS:
        yield (*path, "method"), f"{call.method!r} is not known.{nearest(call.method, METHODS)}"
    # Below the address that is asked: what begins otherwise could lead to another one.
    if not call.path.startswith("/"):
        yield (*path, "path"), f"a path begins with /, and {call.path[:80]!r} does not."
    if call.form and call.body is not None:
        yield (*path, "form"), "a request has a body or a form, not both."


def _misplaced(path: Path, template: Json, *, in_list: bool = False) -> Iterator[Fault]:
    """Where earlier messages are said by what is no element of a list."""
    if is_dataclass(template):
        for field in fields(template):
            if field.name != "take":
                yield from _misplaced((*path, field.name), getattr(template, field.name))
    elif isinstance(template, Mapping):
        if EARLIER in template and (len(template) > 1 or not in_list):
            words = "it is an element of a list, and has nothing beside it."
            yield (*path, EARLIER), words
        for key, value in template.items():
            yield from _misplaced((*path, key), value)
    elif isinstance(template, list | tuple):
        for number, value in enumerate(template):
            yield from _misplaced((*path, number), value, in_list=True)


def _transport(contract: Contract) -> Iterator[Fault]:
    """What the transport does not have is refused, where it would be dropped in silence."""
    over = contract.transport
    streams = over == "sse"
    form = RequestTemplate if streams else Emit
    for name in ("start", "resume", "stop"):
        call = getattr(contract, name)
        if call is not None and not isinstance(call, form):
            due = "a request: method, path" if streams else "an event: event, payload"
            yield (name,), f"over {over} this is {due}."
    defaults = {field.name: field.default for field in fields(Contract)}
    for name in _OF_SOCKETS if streams else _OF_STREAMS:
        value, default = getattr(contract, name), defaults[name]
        if value != (Handshake() if name == "handshake" else default):
            of = "sockets" if streams else "streams over HTTP"
            yield (name,), f"it is of {of}, and {contract.dialect} is spoken over {over}."
    for name in ("start", "resume", "stop"):
        call = getattr(contract, name)
        if isinstance(call, Emit) and (call.waits_for is not None or call.take):
            yield (name,), "take and waits_for are of events before the question: emits_before."
    for number, kind in enumerate(contract.kinds):
        if kind.close and not streams:
            yield ("kinds", number, "close"), "it is of streams over HTTP."
        if kind.close and kind.end is None:
            yield ("kinds", number), "the close of a stream ends it: give it `end`."
    if over == "websocket" and contract.handshake.path != Handshake().path:
        yield ("handshake", "path"), "the path of a plain WebSocket is its `namespace`."
    if not contract.handshake.path.startswith("/"):
        yield ("handshake", "path"), "a path begins with /."


def _names(contract: Contract) -> Iterator[Fault]:
    """Each `$name` is one that is known by then."""
    taken: set[str] = set()
    for path, call in _calls(contract):
        known: Set[str] = _FIRST | taken
        if path[0] in ("resume", "stop"):
            known |= _learned(contract)
        yield from _unknown(path, call, sorted(known))
        taken |= set(call.take) if call is not None and path[0] not in ("resume", "stop") else set()
    requested = {name for request in contract.before for name in request.take}
    handshake = [*VALUES, *requested]  # a client that came back shows its run here, too
    yield from _unknown(("auth",), contract.auth, handshake)
    yield from _unknown(("handshake",), contract.handshake, handshake)


def _learned(contract: Contract) -> Set[str]:
    """What the answer's own events tell."""
    return {"seq", *(["run"] if contract.run or contract.seq else [])}


def _unknown(path: Path, template: Json, known: Sequence[str]) -> Iterator[Fault]:
    for place, name in _used(path, template):
        if name not in known:
            late = " by then" if name in VALUES else ""
            yield place, f"nobody knows ${name}{late}.{nearest(name, known)}"


def _used(path: Path, template: Json) -> Iterator[tuple[Path, str]]:
    """Each name that a template uses, and where."""
    if isinstance(template, str):
        yield from ((path, name) for name in _NAMED.findall(template))
    elif is_dataclass(template):
        for field in fields(template):
            if field.name != "take":
                yield from _used((*path, field.name), getattr(template, field.name))
    elif isinstance(template, Mapping):
        for key, value in template.items():
            found = _used((*path, key), value)
            yield from (one for one in found if key != EARLIER or one[1] not in _OF_MESSAGES)
    elif isinstance(template, list | tuple):
        for number, value in enumerate(template):
            yield from _used((*path, number), value)
