"""A viewer over Socket.IO or a plain WebSocket: one connection for all of a user's turns.

Its reader, a greenlet of its own, takes what comes, with the time at which it came, and answers
pings, also while the user thinks. The wires are those of `tokentape.client`: python-socketio's
client under gevent costs three times the CPU, and stamps each message in another greenlet after
the read. The states of a view stand in `view_states`.
"""

import time
from collections.abc import Mapping
from contextlib import suppress
from urllib.parse import urlsplit

import gevent
import gevent.socket
import gevent.ssl
from gevent.event import Event as Flag

from tokentape.client.failures import Unreachable, Unwelcome
from tokentape.client.socket_events import (
    Ack,
    Event,
    Incoming,
    SocketClosed,
    SocketDenied,
    SocketOpened,
)
from tokentape.client.socketio_wire import SocketIOWire
from tokentape.client.turn import Turn
from tokentape.client.websocket_wire import WebSocketWire
from tokentape.contract.contract import Contract, Emit, Json, fill, pick
from tokentape.contract.timeline import Seen, see
from tokentape_load.judging.answer_result import BEFORE, Failure, View
from tokentape_load.judging.connection_errors import SILENT, words_of
from tokentape_load.viewers.arrival_socket import Arrival, connected, receive
from tokentape_load.viewers.observation import Observation
from tokentape_load.viewers.view_states import RESUMED
from tokentape_load.workload.journeys import NOTHING, Deed

_WIRES: dict[str, type[SocketIOWire] | type[WebSocketWire]] = {
    "socketio": SocketIOWire,
    "websocket": WebSocketWire,
}
_LINGER_S, _CLOSE_S = 0.03, 1.0


class RealtimeViewer:
    def __init__(self, url: str, contract: Contract, *, silence_s: float, token: str = "") -> None:
        self._url = url
        self._contract = contract
        self._silence_s = silence_s
        self._auth = fill(contract.auth, {"token": token or None})
        self._connection: _ViewerConnection | None = None

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def view_answer(self, turn: Turn, deed: Deed = NOTHING) -> View:
        return self.ask_with(turn, deed, {})

    def ask_with(self, turn: Turn, deed: Deed, more: Mapping[str, Json]) -> View:
        """Ask with further fields in the question's payload."""
        observation = Observation(self._contract, turn, deed)
        observation.started_ns = time.monotonic_ns()
        start = self._contract.start
        if not isinstance(start, Emit):
            raise TypeError(f"{self._contract.key} has no event for this")
        try:
            connection = self._connected()
            observation.move("ask")
            observation.failures += connection.begin(observation)
            observation.started_ns = time.monotonic_ns()
            connection.emit(start.event, {**fill(start.payload, observation.values), **more})
        except Unwelcome as error:
            return observation.none(Failure("refused", BEFORE, str(error)))
        except Unreachable as error:
            return observation.none(Failure("unreachable", BEFORE, str(error)))
        over = connection.wait(self._silence_s)
        if observation.cutting:
            over = self._resume(observation)
        if over:
            self.linger()
        else:
            observation.lost = self.lost or SILENT
            self.close()  # what may still come of this answer must not be taken for the next one's
        if self._connection is not None:
            self._connection.judge()
        observation.close()
        return observation.view()

    def emit(self, call: Emit, values: Mapping[str, Json], *, acked: bool = False) -> None:
        """Emit something that is no question. Raises `Unreachable`, also for an acknowledgement
        that does not come, and `Unwelcome` for one that is not ok."""
        connection = self._connected()
        connection.emit(call.event, fill(call.payload, values), acked=acked)
        if acked:
            connection.wait_for_ack(self._silence_s)

    def observe(self, turn: Turn) -> Observation:
        """Look, from now on, at an answer that somebody else asks for. Raises `Unreachable`."""
        observation = Observation(self._contract, turn)
        connection = self._connected()
        observation.move("ask")
        observation.failures += connection.begin(observation)
        return observation

    def see(self, observation: Observation, started_ns: int) -> View:
        """What came of an answer that was looked at, asked for at `started_ns`."""
        observation.started_ns = started_ns
        connection = self._connection
        if connection is not None and connection.wait(self._silence_s):
            connection.judge()
        else:
            observation.lost = self.lost or SILENT
            self.close()
        observation.close()
        return observation.view()

    def notice_ns(self, event: str, since_ns: int, within_s: float) -> int | None:
        """When an event that belongs to no answer came, `None` if it did not in time."""
        connection = self._connection
        return None if connection is None else connection.notice_ns(event, since_ns, within_s)

    @property
    def lost(self) -> str:
        """Why the connection is gone; empty while it stands."""
        return self._connection.lost if self._connection is not None else "there was none"

    def connect(self) -> None:
        """Raises `Unreachable`, and its `Unwelcome` where the server says no."""
        self._connected()

    def _resume(self, observation: Observation) -> bool:
        """Come back to an answer whose connection is cut. Whether it ended."""
        if self._connection is not None:
            self._connection.cut()
            self._connection = None
        observation.cutting = False
        place, resume = f"at event {len(observation.timeline)}", self._contract.resume
        if not isinstance(resume, Emit):
            raise TypeError(f"{self._contract.key} has no event to resume with")
        try:
            connection = self._connected()
            observation.move("resume")
            connection.begin(observation)
            connection.emit(resume.event, fill(resume.payload, observation.values), acked=True)
        except Unwelcome as error:
            observation.move("refused")
            observation.failures.append(Failure("refused", place, f"on resume: {error}"))
            return False
        except Unreachable as error:
            observation.move("unreachable")
            observation.failures.append(Failure("unreachable", place, f"on resume: {error}"))
            return False
        over = connection.wait(self._silence_s)
        if connection.denial:
            if observation.state == RESUMED:
                observation.move("refused")
            message = f"on resume: {connection.denial}"
            observation.failures.append(Failure("refused", place, message))
        return over

    def linger(self) -> None:
        """Look on for a while, so that events which come too late are seen."""
        gevent.sleep(_LINGER_S)

    def _connected(self) -> "_ViewerConnection":
        """Raises `Unreachable`, and its `Unwelcome` where the server says no."""
        if self._connection is not None and self._connection.lost:
            self.close()
        if self._connection is None:
            self._connection = _ViewerConnection(
                self._url, self._contract, self._auth, self._silence_s
            )
        return self._connection


class _ViewerConnection:
    """A socket, its reader, and the look at the latest answer."""

    def __init__(self, url: str, contract: Contract, auth: object, silence_s: float) -> None:
        self.lost = ""
        """Why nothing more will come; empty while the connection stands."""
        self.denial = ""
        """Why what was asked for with an acknowledgement was denied."""
        self._contract = contract
        self._observation: Observation | None = None
        self._run: Json = None
        """Of the answer before."""
        self._stray: Seen | None = None
        self._read = 0
        self._refused = ""
        self._notices: dict[str, int] = {}
        self._noticed = Flag()
        self._acked = Flag()
        self._heard_ns = time.monotonic_ns()
        self._over = Flag()
        """Set when there is no need to wait any longer: connected, answered, or lost."""
        self._wire = _WIRES[contract.transport](url, contract.namespace, auth)
        try:
            self._socket = _dial(url, silence_s)
        except OSError as error:
            raise Unreachable(words_of(error)) from error
        self._reader = gevent.spawn(self._listen)
        self._flush()
        in_time = self._over.wait(silence_s)
        if in_time and not self.lost:
            return
        self.close()
        if self._refused:
            raise Unwelcome(self._refused)
        raise Unreachable(self.lost if in_time else f"no connection within {silence_s:g} s")

    def begin(self, observation: Observation) -> list[Failure]:
        """Look at a new answer. Returns what came of the one before after it was judged."""
        stray, self._stray = self._stray, None
        self._observation, self.denial = observation, ""
        self._over.clear()
        if stray is None:
            return []
        message = f"{stray.event} came long after the end of the answer before this one"
        return [Failure("event_after_end", BEFORE, message)]

    def emit(self, event: str, payload: object, *, acked: bool = False) -> None:
        if acked:
            self._acked.clear()
            self.denial = ""
        self._wire.emit(event, payload, 0 if acked else None)
        self._heard_ns = time.monotonic_ns()
        self._flush()

    def wait(self, silence_s: float) -> bool:
        """Whether the answer ended, before the connection did or nothing was heard for so long."""
        while not self._over.wait(self._left_s(silence_s)):
            if self._left_s(silence_s) <= 0:
                return False
        return not self.lost and not self.denial

    def wait_for_ack(self, silence_s: float) -> None:
        """Raises `Unwelcome` for one that says no, `Unreachable` when none comes."""
        if not self._acked.wait(silence_s):
            raise Unreachable(self.lost or f"no acknowledgement within {silence_s:g} s")
        if self.denial:
            raise Unwelcome(self.denial)

    def notice_ns(self, event: str, since_ns: int, within_s: float) -> int | None:
        until_ns = time.monotonic_ns() + int(within_s * 1e9)
        while self._notices.get(event, 0) < since_ns:
            left_s = (until_ns - time.monotonic_ns()) / 1e9
            if left_s <= 0 or self.lost:
                return None
            self._noticed.clear()
            self._noticed.wait(left_s)
        return self._notices[event]

    def judge(self) -> None:
        """The answer is looked at no more."""
        if self._observation is not None:
            self._run = self._observation.values.get("run")
        self._observation = None

    def cut(self) -> None:
        """Lose the connection, without a word to the server."""
        self._reader.kill(timeout=_CLOSE_S)
        self._socket.close()

    def close(self) -> None:
        if not self.lost:
            self._wire.leave()
            with suppress(Unreachable):  # gone already is what is wanted
                self._flush()
        self._reader.kill(timeout=_CLOSE_S)
        self._socket.close()

    def _left_s(self, silence_s: float) -> float:
        return max(0.0, silence_s - (time.monotonic_ns() - self._heard_ns) / 1e9)

    def _flush(self) -> None:
        outgoing = self._wire.outgoing()
        if not outgoing:
            return
        try:
            self._socket.sendall(outgoing)
        except OSError as error:
            raise Unreachable(words_of(error)) from error

    def _listen(self) -> None:
        try:
            while not self.lost:
                arrival = receive(self._socket)
                self._read += 1
                for incoming in self._wire.receive(arrival.data):
                    self._receive(incoming, arrival)
                self._flush()
        except (OSError, Unreachable) as error:
            self.lost = words_of(error)
        finally:
            self.lost = self.lost or "the reader ended"
            self._over.set()

    def _receive(self, incoming: Incoming, arrival: Arrival) -> None:
        match incoming:
            case Event(name, payload):
                if name not in self._contract.ignored:
                    self._heard_ns = arrival.at_ns
                    self._see(name, payload, arrival)
                else:
                    self._notices[name] = arrival.at_ns
                    self._noticed.set()
            case SocketOpened():
                self._over.set()
            case SocketDenied(message):
                self._refused = self.lost = message
            case SocketClosed(reason):
                self.lost = reason
            case Ack(_, answer):
                if pick(answer, "ok") is False:
                    self.denial = str(pick(answer, "code") or "denied")
                    self._over.set()
                self._acked.set()

    def _see(self, name: str, payload: object, arrival: Arrival) -> None:
        at_ns, since_ns = arrival.at_ns, arrival.since_ns
        event = see(self._contract, name, payload, at_ns=at_ns, read=self._read, since_ns=since_ns)
        observation = self._observation
        if observation is None:
            self._stray = self._stray or event
            return
        if observation.cutting:
            return
        if observation.full:
            self.lost = "an answer without end"
            return
        if self._of_the_answer_before(event, observation):
            message = f"{event.event} of the answer before this one came"
            observation.fail_once(Failure("event_after_end", BEFORE, message))
            return
        if observation.first_byte_ns is None:
            observation.first_byte_ns = at_ns
        act = observation.store(event)
        if event.end:
            observation.closed_ns = observation.closed_ns or at_ns
            self._over.set()
        elif act == "cut":
            self._over.set()
        elif act == "stop" and isinstance(self._contract.stop, Emit):
            observation.stopped_ns = time.monotonic_ns()
            stop = self._contract.stop
            self._wire.emit(stop.event, fill(stop.payload, observation.values))

    def _of_the_answer_before(self, event: Seen, observation: Observation) -> bool:
        """Certain only once this answer has an id of its own: not every server gives ids."""
        own = observation.values.get("run")
        return bool(event.run) and event.run == self._run and own not in (None, self._run)


def _dial(url: str, timeout_s: float) -> gevent.socket.socket:
    root = urlsplit(url)
    secure = root.scheme == "https"
    port = root.port or (443 if secure else 80)
    socket: gevent.socket.socket = connected(root.hostname or "", port, timeout_s)
    socket.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)
    if secure:
        context = gevent.ssl.create_default_context()
        socket = context.wrap_socket(socket, server_hostname=root.hostname)
    socket.settimeout(None)  # an idle connection lives by the server's pings
    return socket
