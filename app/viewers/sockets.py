"""Socket.IO: connections, their callers, and a pump for each run that one of them views.

Dialects register events and folds here; nothing else touches the server object.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import socketio
from engineio import packet as engine
from engineio.exceptions import SocketIsClosedError
from socketio.exceptions import ConnectionRefusedError as Unwelcome

from app.access.address import client_address
from app.access.limits import Caller
from app.access.tokens import Tokens
from app.errors import CallerFault, OurFault, Refused
from app.metrics import Metrics
from app.settings import Settings
from app.turns import NoRun, Turns, View
from app.viewers.engine_clock import keep_time_monotonic
from app.viewers.incoming import PROBLEMS, problem_of
from app.viewers.packets import EncodePacket, event_packet, weight
from app.viewers.rendering import BATCH_BYTES, FoldOf, Renderings, TellOf, encoded

log = logging.getLogger("tokentape.sockets")
streaming = logging.getLogger("tokentape.streaming")

IDLE_S = 3_600.0
"""How long a pump waits for the next event before it asks again: a run ends long before."""


@dataclass(eq=False, slots=True)
class Connection:
    """One client in one namespace. `caller` may become known later than the handshake."""

    sid: str
    transport_id: str
    namespace: str
    caller: Caller
    pumps: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    started: dict[str, str] = field(default_factory=dict)
    """This connection's runs by id, with their dialect; ended ones leave."""
    places: set[str] = field(default_factory=set)
    """The conversations that it has taken part in."""


Answer = dict[str, Any] | None
On = Callable[[Connection, dict[str, Any]], Awaitable[Answer]]
Complain = Callable[[Refused, Any], tuple[str, dict[str, Any]]]
"""The dialect's error event for a refusal of a payload."""


class Sockets:
    def __init__(
        self,
        server: socketio.AsyncServer,
        settings: Settings,
        tokens: Tokens,
        metrics: Metrics,
        turns: Callable[[], Turns],
    ) -> None:
        keep_time_monotonic()
        self._server = server
        self._settings = settings
        self._tokens = tokens
        self._metrics = metrics
        self._turns = turns
        self._connections: dict[tuple[str, str], Connection] = {}
        self._told: dict[str, dict[str, TellOf[engine.Packet]]] = {}
        self._packets: dict[str, Renderings[engine.Packet]] = {}

    def open(self, namespace: str, *, require_token: bool, complain: Complain) -> None:
        """Let clients into a namespace; `complain` answers events that no dialect knows."""
        self._told.setdefault(namespace, {})
        self._packets[namespace] = Renderings(weight)
        count = self._metrics.connections.labels(namespace)

        async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
            caller = self._caller(environ, auth, require_token)
            transport_id = self._server.manager.eio_sid_from_sid(sid, namespace)
            connection = Connection(sid, transport_id, namespace, caller)
            self._connections[namespace, sid] = connection
            count.inc()
            streaming.debug("socket %s: connected to %s", sid, namespace)

        async def disconnect(sid: str, _reason: object = None) -> None:
            connection = self._connections.pop((namespace, sid), None)
            if connection:
                count.dec()
                streaming.debug("socket %s: disconnected from %s", sid, namespace)
                for pump in list(connection.pumps.values()):
                    pump.cancel()

        async def unknown(event: str, sid: str, *arguments: Any) -> Answer:
            connection = self._connections.get((namespace, sid))
            if connection is None:
                return None
            payload = arguments[0] if arguments else None
            problem = f"There is no event `{event[:80].strip()}` here."
            if isinstance(payload, str):
                problem = PROBLEMS.get(payload, problem)
            return self._refuse(connection, CallerFault("BAD_REQUEST", problem), payload, complain)

        self._server.on("connect", connect, namespace=namespace)
        self._server.on("disconnect", disconnect, namespace=namespace)
        self._server.on("*", unknown, namespace=namespace)
        self.on(namespace, "resume", self._resume, complain)

    def tell(self, namespace: str, dialect: str, fold_of: FoldOf) -> None:
        """Runs of this dialect may be viewed in this namespace."""
        self._told[namespace][dialect] = encoded(fold_of, EncodePacket(namespace))

    def on(self, namespace: str, event: str, act: On, complain: Complain) -> None:
        """Call `act` with each payload that is an object; its answer is the acknowledgement.

        A refusal is told by the dialect's error event, and in the acknowledgement.
        """

        async def take(sid: str, *arguments: Any) -> Answer:
            connection = self._connections.get((namespace, sid))
            if connection is None:
                return None
            payload = arguments[0] if arguments else {}
            try:
                if payload is None:
                    payload = {}
                if not isinstance(payload, dict) or len(arguments) > 1:
                    raise CallerFault("BAD_REQUEST", problem_of(payload))
                return await act(connection, payload)
            except Refused as fault:
                return self._refuse(connection, fault, payload, complain)
            except Exception:  # the outermost edge: the client must hear of it, the rest go on
                log.exception("event %s failed", event)
                return self._refuse(connection, OurFault("INTERNAL"), payload, complain)

        self._server.on(event, take, namespace=namespace)

    def watch(self, connection: Connection, view: View, after: int) -> None:
        """Send the connection what comes after `after`; an earlier pump of that run gives way."""
        label = view.tape.label
        tell_of = self._told[connection.namespace][label.dialect]
        rendering = self._packets[connection.namespace].of(view.tape, tell_of)
        earlier = connection.pumps.pop(label.run_id, None)
        if earlier:
            earlier.cancel()
        if view.run:
            view.run.viewer_came()

        async def pump() -> None:
            cursor, most = rendering.cursor(after), self._settings.viewer_queue_max
            socket = self._server.eio._get_socket(connection.transport_id)
            queued = 0
            while not cursor.at_end:
                packets = await cursor.next(most, IDLE_S)
                for packet in packets:
                    await socket.send(packet)
                queued += sum(map(weight, packets))
                if socket.queue.qsize() >= most or queued >= BATCH_BYTES:
                    # Engine.IO's queue has no bound: read on only when its writer has taken all.
                    async with asyncio.timeout(self._settings.send_timeout_s):
                        await socket.queue.join()
                    queued = 0

        task = asyncio.create_task(pump(), name=f"pump {label.run_id}")
        connection.pumps[label.run_id] = task
        self._metrics.viewers.labels("socketio").inc()
        task.add_done_callback(lambda done: self._unwatched(connection, label.run_id, view, done))

    def send(self, connection: Connection, event: str, payload: dict[str, Any]) -> None:
        """One event that belongs to no run; gone when the client has gone or its queue is full."""
        try:
            queue = self._server.eio._get_socket(connection.transport_id).queue
        except KeyError:
            return
        if queue.qsize() < 2 * self._settings.viewer_queue_max:
            queue.put_nowait(event_packet(connection.namespace, event, payload))

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
                transports = {each.transport_id for each in self._connections.values()}
                sockets = [self._server.eio.sockets.get(one) for one in transports]
                await asyncio.gather(*(one.queue.join() for one in sockets if one))

    async def _resume(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        run_id, last = payload.get("runId"), payload.get("lastSeq", -1)
        if not isinstance(run_id, str):
            raise CallerFault("BAD_REQUEST", "`runId` must be a string.", field="runId")
        if type(last) is not int or last < -1:
            raise CallerFault("BAD_REQUEST", "`lastSeq` must be an integer.", field="lastSeq")
        caller = connection.caller
        if payload.get("token") is not None:
            caller = Caller(self._tokens.read(payload["token"]), caller.address)
        try:
            view = await self._turns().view(run_id, caller)
        except NoRun as none:
            return {"ok": False, "code": none.code}
        if view.tape.label.dialect not in self._told[connection.namespace]:
            return {"ok": False, "code": "RUN_UNKNOWN"}
        length = await view.tape.length()
        if last >= length:
            raise CallerFault("BAD_REQUEST", "`lastSeq` is past the run's end.", field="lastSeq")
        self._metrics.resumes.labels(view.tape.label.dialect).inc()
        # The acknowledgement leaves before the pump's first step: nothing awaits in between.
        self.watch(connection, view, last)
        return {"ok": True, "missed": length - 1 - last}

    def _caller(self, environ: dict[str, Any], auth: object, require_token: bool) -> Caller:
        scope = environ["asgi.scope"]
        peer = scope["client"][0] if scope.get("client") else None
        address = client_address(peer, scope["headers"], self._settings.proxies)
        token = auth.get("token") if isinstance(auth, dict) else None
        if auth is not None and not isinstance(auth, dict):
            raise Unwelcome("unauthorized")
        if token is None or token == "":  # the seed's clients send "" when nobody is logged in
            if require_token:
                raise Unwelcome("unauthorized")
            return Caller(None, address)
        try:
            return Caller(self._tokens.read(token), address)
        except CallerFault:
            raise Unwelcome("unauthorized") from None

    def _refuse(
        self, connection: Connection, fault: Refused, payload: Any, complain: Complain
    ) -> Answer:
        streaming.debug("socket %s: refused with %s", connection.sid, fault.code)
        event, told = complain(fault, payload)
        answer: dict[str, Any] = {"ok": False, "code": fault.code, "message": fault.message}
        if fault.retry_after_s is not None:
            told["retryAfter"] = answer["retryAfter"] = fault.retry_after_s
        self.send(connection, event, told)
        return answer

    def _unwatched(
        self, connection: Connection, run_id: str, view: View, task: asyncio.Task[None]
    ) -> None:
        self._metrics.viewers.labels("socketio").dec()
        if connection.pumps.get(run_id) is task:
            del connection.pumps[run_id]
            connection.started.pop(run_id, None)
        if view.run:
            view.run.viewer_left()
        error = None if task.cancelled() else task.exception()
        if isinstance(error, TimeoutError):
            self._metrics.slow_viewers.labels("socketio").inc()
            self._leave(connection)
        elif error and not isinstance(error, (SocketIsClosedError, KeyError)):
            log.error("pump of run %s broke", run_id, exc_info=error)

    def _leave(self, connection: Connection) -> None:
        """A client that takes nothing. Its engine must not wait for the queue to be taken, as its
        own `disconnect` does; a stuck WebSocket is cut by `Patience`."""
        socket = self._server.eio.sockets.get(connection.transport_id)
        if socket:
            closing = asyncio.ensure_future(socket.close(wait=False))
            closing.add_done_callback(lambda done: done.cancelled() or done.exception())
