"""Sockets: the namespaces, who is connected to them, what their events do, and a pump for each run
that a connection views.

Dialects register events and folds here; transports bring connections. Knows neither.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tokentape.access.client_address import client_address
from tokentape.access.limits import Caller
from tokentape.access.tokens import Tokens
from tokentape.errors import CallerFault, OurFault, Refused
from tokentape.metrics import Metrics
from tokentape.runs.tape import Label
from tokentape.settings import Settings
from tokentape.turns import GuestOf, NoRun, Turns, View
from tokentape.viewers.connection import Connection, Gone, Link, Sent
from tokentape.viewers.packet_guard import PROBLEMS, problem_of
from tokentape.viewers.packets import Spell, spell_of
from tokentape.viewers.rendering import BATCH_BYTES, FoldOf, Renderings, TellOf, encoded
from tokentape.viewers.retries import Retries

__all__ = ["Answer", "Connection", "Sockets"]

log = logging.getLogger("tokentape.sockets")
streaming = logging.getLogger("tokentape.streaming")

IDLE_S = 3_600.0
"""How long a pump waits for the next event before it asks again: a run ends long before."""

Answer = dict[str, Any] | None
On = Callable[[Connection, dict[str, Any]], Awaitable[Answer]]
Complain = Callable[[Refused, Any], tuple[str, dict[str, Any]]]
"""The dialect's error event for a refusal of a payload."""
Introduce = Callable[[Caller, Mapping[str, Any]], str]
"""Who somebody is in rooms, by the handshake's `auth`. Raises `CallerFault`."""
Greet = Callable[[Connection], tuple[str, dict[str, Any]]]
Part = Callable[[Connection], None]
Guest = Callable[[Connection, Label], bool]
"""Whether a connection may view a run although it is somebody else's."""


@dataclass(slots=True)
class Namespace:
    """What the dialects have registered; `complain` answers events that no dialect knows."""

    complain: Complain
    require_token: bool
    events: dict[str, tuple[On, Complain]] = field(default_factory=dict)
    bearing: set[str] = field(default_factory=lambda: {"resume"})
    """The events whose payload may say by a `token` who acts."""
    starts: set[str] = field(default_factory=set)
    """The events that begin a turn."""
    folds: dict[str, FoldOf] = field(default_factory=dict)
    introduce: Introduce = lambda _caller, _auth: ""
    greetings: list[Greet] = field(default_factory=list)
    partings: list[Part] = field(default_factory=list)
    guests: dict[str, Guest] = field(default_factory=dict)


class Sockets:
    """`turns` is asked for them at each use: they are there only once the app has started."""

    def __init__(
        self,
        settings: Settings,
        tokens: Tokens,
        metrics: Metrics,
        turns: Callable[[], Turns],
    ) -> None:
        self._settings = settings
        self._tokens = tokens
        self._metrics = metrics
        self._turns = turns
        self._namespaces: dict[str, Namespace] = {}
        self._connections: dict[tuple[str, str], Connection] = {}
        self._spells: dict[tuple[str, str], Spell] = {}
        self._packets: dict[tuple[str, str], Renderings[Any]] = {}
        self._told: dict[tuple[str, str, str], TellOf[Any]] = {}
        self._retries = Retries(settings.retry_window_s)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Those that dialects have opened."""
        return tuple(self._namespaces)

    def events(self, namespace: str) -> tuple[str, ...]:
        """Those that do something in a namespace."""
        return tuple(self._namespaces[namespace].events)

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
        one = self._namespaces.setdefault(namespace, Namespace(complain, require_token))
        one.introduce = introduce or one.introduce
        one.greetings += [greet] if greet else []
        one.partings += [part] if part else []
        one.events.setdefault("resume", (self._resume, complain))

    def tell(
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
        act: On,
        complain: Complain,
        *,
        starts: bool = False,
        bears_token: bool = False,
    ) -> None:
        """Call `act` with each payload that is an object; its answer is the acknowledgement.

        A refusal is told by the dialect's error event, and in the acknowledgement. `bears_token`:
        the payload may say by its `token` who acts: see `bearer`. `starts`: it begins a turn, and
        is known again when it is sent once more.
        """
        one = self._namespaces[namespace]
        one.events[event] = (act, complain)
        if bears_token:
            one.bearing.add(event)
        if starts:
            one.starts.add(event)

    def bearer(self, connection: Connection, payload: Mapping[str, Any]) -> Caller:
        """Who acts: the user of the payload's `token`, nobody where it is null or empty, and where
        there is none whoever the connection is known as. Raises UNAUTHORIZED."""
        if "token" not in payload:
            return connection.caller
        token = payload["token"]
        identity = None if token in (None, "") else self._tokens.read(token)
        return Caller(identity, connection.caller.address)

    def connect(
        self, namespace: str, sid: str, link: Link, scope: Mapping[str, Any], auth: object
    ) -> Connection:
        """A new connection of an ASGI `scope`. Raises UNAUTHORIZED, or BAD_REQUEST."""
        peer = scope["client"][0] if scope.get("client") else None
        address = client_address(peer, scope["headers"], self._settings.proxies)
        connection = Connection(sid, namespace, Caller(None, address), link)
        self.introduce(connection, auth)
        self._connections[namespace, sid] = connection
        self._metrics.connections.labels(namespace).inc()
        streaming.debug("socket %s: connected to %s", sid, namespace)
        return connection

    def introduce(self, connection: Connection, auth: object) -> None:
        """Take from the handshake's `auth` who this is. Raises UNAUTHORIZED, or BAD_REQUEST."""
        one = self._namespaces[connection.namespace]
        if auth is not None and not isinstance(auth, dict):
            raise CallerFault("UNAUTHORIZED")
        token = auth.get("token") if auth else None
        identity = None
        if token is not None and token != "":  # seeds' clients send "" when nobody is logged in
            identity = self._tokens.read(token)
        elif one.require_token:
            raise CallerFault("UNAUTHORIZED")
        caller = Caller(identity, connection.caller.address)
        connection.user = one.introduce(caller, auth or {})
        connection.caller = caller

    def greet(self, connection: Connection) -> None:
        """Say what the dialects say first."""
        for greeting in self._namespaces[connection.namespace].greetings:
            self.send(connection, *greeting(connection))

    def disconnect(self, connection: Connection) -> None:
        """The client has gone; its runs go on."""
        if self._connections.pop((connection.namespace, connection.sid), None) is None:
            return
        self._metrics.connections.labels(connection.namespace).dec()
        streaming.debug("socket %s: disconnected from %s", connection.sid, connection.namespace)
        for timer in connection.withheld.values():
            timer.cancel()
        connection.withheld.clear()
        for pump in list(connection.pumps.values()):
            pump.cancel()
        for part in self._namespaces[connection.namespace].partings:
            part(connection)

    def find(self, namespace: str, sid: str) -> Connection | None:
        """An open connection of a namespace, by its id."""
        return self._connections.get((namespace, sid))

    async def take(
        self,
        connection: Connection,
        event: str,
        arguments: Sequence[Any],
        number: int | None = None,
    ) -> Answer:
        """What a client emitted, and the number under which it is acknowledged, if Socket.IO gave
        it one; the acknowledgement. A start that was sent again gets that of the first."""
        start = None
        if event in self._namespaces[connection.namespace].starts and len(arguments) == 1:
            start = event, arguments[0]
        earlier = self._retries.note(connection, number, start)
        if earlier:
            return await self._again(connection, earlier)
        sent = connection.sent
        if sent is None:
            return await self._act(connection, event, arguments)
        sent.sid = connection.sid
        try:
            answer = await self._act(connection, event, arguments)
            sent.answer.set_result(answer)
        finally:
            if not sent.answer.done():
                sent.answer.cancel()
        return answer

    async def _again(self, connection: Connection, sent: Sent) -> Answer:
        answer = await asyncio.shield(sent.answer)
        run_id = answer.get("runId") if answer else None
        if answer is None or run_id is None or sent.sid == connection.sid:
            return answer
        # It came back by another connection: this one shall hear the answer, from its beginning.
        sent.sid = connection.sid
        with suppress(NoRun):
            view = await self.view(connection, run_id, connection.caller)
            if view.run:
                connection.started[run_id] = view.tape.label.dialect
            if "conversationId" in answer:
                connection.been_in(answer["conversationId"])
            self.watch(connection, view, -1)
        return answer

    async def _act(self, connection: Connection, event: str, arguments: Sequence[Any]) -> Answer:
        one = self._namespaces[connection.namespace]
        payload = arguments[0] if arguments else {}
        if event not in one.events:
            problem = f"There is no event `{event[:80].strip()}` here."
            if isinstance(payload, str):
                problem = PROBLEMS.get(payload, problem)
            complain = connection.spoken or one.complain
            return self.refuse(connection, CallerFault("BAD_REQUEST", problem), payload, complain)
        act, complain = one.events[event]
        if act == self._resume:
            complain = connection.spoken or complain
        else:
            connection.spoken = complain
        try:
            if payload is None:
                payload = {}
            if not isinstance(payload, dict) or len(arguments) > 1:
                raise CallerFault("BAD_REQUEST", problem_of(payload))
            if "token" not in payload or event not in one.bearing:
                self._tokens.check(connection.caller.identity)
            return await act(connection, payload)
        except Refused as fault:
            return self.refuse(connection, fault, payload, complain)
        except Exception:  # the outermost edge: the client must hear of it, the rest go on
            log.exception("event %s failed", event)
            return self.refuse(connection, OurFault("INTERNAL"), payload, complain)

    def refuse(
        self,
        connection: Connection,
        fault: Refused,
        payload: Any = None,
        complain: Complain | None = None,
    ) -> dict[str, Any]:
        """Tell the client why not; the acknowledgement says the same."""
        streaming.debug("socket %s: refused with %s", connection.sid, fault.code)
        complain = complain or self._namespaces[connection.namespace].complain
        event, told = complain(fault, payload)
        answer: dict[str, Any] = {"ok": False, "code": fault.code, "message": fault.message}
        if fault.retry_after_s is not None:
            told["retryAfter"] = answer["retryAfter"] = fault.retry_after_s
        self.send(connection, event, told)
        return answer

    def watch(self, connection: Connection, view: View, after: int) -> None:
        """Send the connection what comes after `after`, as long as the view's caller may see it; an
        earlier pump of that run gives way."""
        label = view.tape.label
        rendering = self._renderings(connection).of(view.tape, self._tell_of(connection, label))
        self._forget_withheld(connection, label.run_id)
        earlier = connection.pumps.pop(label.run_id, None)
        if earlier:
            earlier.cancel()
        if view.run:
            view.run.viewer_came()
        link, weigh = connection.link, rendering.weigh
        welcome = self._guest_of(connection)

        async def pump() -> None:
            cursor, most = rendering.cursor(after), self._settings.viewer_queue_max
            queued = 0
            while not cursor.at_end:
                packets = await cursor.next(most, IDLE_S)
                if not view.theirs and not welcome(view.tape.label):
                    return
                await link.write(packets)
                queued += sum(map(weigh, packets))
                if link.waiting >= most or queued >= BATCH_BYTES:
                    # A link's queue has no bound: read on only when its writer has taken all.
                    async with asyncio.timeout(self._settings.send_timeout_s):
                        await link.taken()
                    queued = 0

        task = asyncio.create_task(pump(), name=f"pump {label.run_id}")
        connection.pumps[label.run_id] = task
        self._metrics.viewers.labels(link.transport).inc()
        task.add_done_callback(lambda done: self._unwatched(connection, label.run_id, view, done))

    def unwatch(self, connection: Connection, run_id: str) -> None:
        """Show it no more of a run."""
        self._forget_withheld(connection, run_id)
        pump = connection.pumps.get(run_id)
        if pump:
            pump.cancel()

    def watch_later(self, connection: Connection, view: View, wait_s: float) -> None:
        """Show it from its first event, unless the connection resumes it within `wait_s`."""
        run_id = view.tape.label.run_id

        def show() -> None:
            connection.withheld.pop(run_id, None)
            if run_id not in connection.pumps:
                self.watch(connection, view, -1)

        self._forget_withheld(connection, run_id)
        loop = asyncio.get_running_loop()
        connection.withheld[run_id] = loop.call_later(wait_s, show)

    def send(self, connection: Connection, event: str, payload: dict[str, Any]) -> None:
        """One event that belongs to no run; gone when the client has gone or its queue is full."""
        if connection.link.waiting < 2 * self._settings.viewer_queue_max:
            connection.link.say(self._spell(connection)(event, payload))

    def send_all(
        self, connections: Iterable[Connection], event: str, payload: dict[str, Any]
    ) -> None:
        """One event to many, spelled once for each transport. Whoever has ROOM_QUEUE_MAX packets
        waiting already is dropped: none of the others waits, and nobody misses an event."""
        packets: dict[str, Any] = {}
        for connection in connections:
            link = connection.link
            if link.waiting >= self._settings.room_queue_max:
                self._metrics.slow_viewers.labels(link.transport).inc()
                link.cut()
                continue
            if link.transport not in packets:
                packets[link.transport] = self._spell(connection)(event, payload)
            link.say(packets[link.transport])

    def among(self, namespace: str) -> Iterable[Connection]:
        """The open connections of a namespace."""
        return [one for (place, _), one in self._connections.items() if place == namespace]

    async def flush(self, wait_s: float) -> None:
        """Wait until all that was said has been sent, but no longer."""
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                pumps = [one for each in self._connections.values() for one in each.pumps.values()]
                if pumps:
                    await asyncio.wait(pumps)
                links = [each.link for each in self._connections.values()]
                await asyncio.gather(*(link.taken() for link in links))

    async def view(self, connection: Connection, run_id: str, caller: Caller) -> View:
        """A run that the connection may view: its caller's, or one that it is a guest at.

        Raises `NoRun`.
        """
        return await self._turns().view(run_id, caller, self._guest_of(connection))

    def _guest_of(self, connection: Connection) -> GuestOf:
        guests = self._namespaces[connection.namespace].guests

        def welcome(label: Label) -> bool:
            guest = guests.get(label.dialect)
            return guest is not None and guest(connection, label)

        return welcome

    async def _resume(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        run_id, last = payload.get("runId"), payload.get("lastSeq", -1)
        if not isinstance(run_id, str):
            raise CallerFault("BAD_REQUEST", "`runId` must be a string.", field="runId")
        if type(last) is not int or last < -1:
            raise CallerFault("BAD_REQUEST", "`lastSeq` must be an integer.", field="lastSeq")
        caller = self.bearer(connection, payload)
        try:
            view = await self.view(connection, run_id, caller)
        except NoRun as none:
            return {"ok": False, "code": none.code}
        if view.tape.label.dialect not in self._namespaces[connection.namespace].folds:
            return {"ok": False, "code": "RUN_UNKNOWN"}
        length = await view.tape.length()
        if last >= length:
            raise CallerFault("BAD_REQUEST", "`lastSeq` is past the run's end.", field="lastSeq")
        self._metrics.resumes.labels(view.tape.label.dialect).inc()
        # The acknowledgement leaves before the pump's first step: nothing awaits in between.
        self.watch(connection, view, last)
        return {"ok": True, "missed": length - 1 - last}

    def _unwatched(
        self, connection: Connection, run_id: str, view: View, task: asyncio.Task[None]
    ) -> None:
        transport = connection.link.transport
        self._metrics.viewers.labels(transport).dec()
        if connection.pumps.get(run_id) is task:
            del connection.pumps[run_id]
            connection.started.pop(run_id, None)
        if view.run:
            view.run.viewer_left()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TimeoutError):
            self._metrics.slow_viewers.labels(transport).inc()
            connection.link.cut()
        elif error and not isinstance(error, Gone):
            log.error("pump of run %s broke", run_id, exc_info=error)

    def _forget_withheld(self, connection: Connection, run_id: str) -> None:
        timer = connection.withheld.pop(run_id, None)
        if timer:
            timer.cancel()

    def _spell(self, connection: Connection) -> Spell:
        key = (connection.namespace, connection.link.transport)
        if key not in self._spells:
            self._spells[key] = spell_of(*key)
        return self._spells[key]

    def _renderings(self, connection: Connection) -> Renderings[Any]:
        key = (connection.namespace, connection.link.transport)
        if key not in self._packets:
            self._packets[key] = Renderings(self._spell(connection).weigh)
        return self._packets[key]

    def _tell_of(self, connection: Connection, label: Label) -> TellOf[Any]:
        key = (connection.namespace, connection.link.transport, label.dialect)
        if key not in self._told:
            fold_of = self._namespaces[connection.namespace].folds[label.dialect]
            self._told[key] = encoded(fold_of, self._spell(connection).encode)
        return self._told[key]
