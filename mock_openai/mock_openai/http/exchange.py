"""An exchange: one request to a played endpoint and its answer, on one connection.

To uvicorn's protocol it is a cycle: it has the attributes that the protocol looks at. Its states
stand in `exchange_states`.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from urllib.parse import quote

from mock_openai.endpoints import Endpoint
from mock_openai.endpoints.openai_errors import server_error, too_large
from mock_openai.errors import ApiError, NothingFitsError
from mock_openai.evidence.journal import Entry
from mock_openai.evidence.journal_json import State
from mock_openai.http.body_limits import UNCOUNTED, BodyLimits
from mock_openai.http.cors import cors_header
from mock_openai.http.exchange_states import (
    ANSWERING,
    DONE,
    EXCHANGE,
    LOST,
    OPENED,
    PLAYING,
    RECEIVING,
    may,
)
from mock_openai.http.refusal import refusal_of
from mock_openai.http.relay import Relay
from mock_openai.plan.plan import Ending
from mock_openai.plan.write_schedule import LAST_CHUNK, schedule_writes, status_line
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.refused_answer import passed_answer
from mock_openai.playback.player import Playback
from mock_openai.playback.socket_writer import SocketWriter
from mock_openai.state import Mock, session_of

_STATES: dict[Ending, State] = {
    "complete": "finished", "eof": "cut", "sever": "cut", "reset": "cut", "hang": "cut",
}  # fmt: skip
PlanOf = Callable[[Mapping[str, str], bytes], PlannedAnswer]
"""From headers, by lower-case names, and body to what is played; raises ApiError."""
_LOG = logging.getLogger("mock_openai")
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class Exchange:
    """Collects the body, then answers. `on_response` starts the next pipelined request."""

    def __init__(
        self,
        mock: Mock,
        endpoint: Endpoint,
        plan_of: PlanOf,
        transport: asyncio.Transport,
        headers: Sequence[tuple[bytes, bytes]],
        default_headers: Sequence[tuple[bytes, bytes]],
        on_response: Callable[[], None],
        *,
        http_1_1: bool,
        keep_alive: bool,
        expects_continue: bool,
    ) -> None:
        self.state = OPENED
        self.disconnected = False
        self.keep_alive = keep_alive
        self.more_body = True
        self.body = bytearray()
        self._limits: BodyLimits | None = None
        self._counted = 0  # bytes of the body
        self.message_event = asyncio.Event()
        self._mock = mock
        self._endpoint = endpoint
        self._plan_of = plan_of
        self._transport = transport
        self._headers = headers
        self._default_headers = default_headers
        self._on_response = on_response
        self._http_1_1 = http_1_1
        self._expects_continue = expects_continue
        self._entry: Entry | None = None
        self._planned: PlannedAnswer | None = None
        self._playback: Playback | Relay | None = None

    @property
    def response_complete(self) -> bool:
        """The answer has come to an end: the next exchange may begin."""
        return self.state == DONE

    @property
    def begun(self) -> bool:
        """Something of an answer that is not whole has left, or may have."""
        return self.state in (PLAYING, LOST)

    def _move(self, happening: str) -> None:
        self.state = EXCHANGE[self.state][happening]

    def start_turn(self) -> None:
        """It is the first on its connection now: it may answer as soon as the body is there."""
        if self.disconnected or self._transport.is_closing():
            return
        self._move("turn")
        if self.more_body and self._announced() > self._mock.settings.largest_body:
            self._refuse_body(self._too_large())
            return
        if self._expects_continue and self.more_body:
            self._transport.write(_CONTINUE)
        self._answer_when_ready()

    def feed(self, data: bytes) -> None:
        """Takes a piece of the body; what is too much is refused at once."""
        if self.state not in (OPENED, RECEIVING):
            return
        refusal: ApiError | None = None
        if len(self.body) + len(data) > self._mock.settings.largest_body:
            refusal = self._too_large()
        else:
            self.body += data
            if len(self.body) - self._counted > UNCOUNTED:
                refusal = self._count()
        if refusal is None:
            return
        if self.state == RECEIVING:
            self._refuse_body(refusal)
        else:
            self._transport.abort()

    def _too_large(self) -> ApiError:
        return too_large(
            self._mock.settings.largest_body, " (see mock-openai serve --largest-body)"
        )

    def _count(self) -> ApiError | None:
        """Not for each piece: a client may cut its body into single bytes."""
        self._limits = self._limits or BodyLimits()
        piece = bytes(self.body[self._counted :])
        self._counted = len(self.body)
        return self._limits.receive(piece)

    def _announced(self) -> int:
        lengths = (value for name, value in self._headers if name == b"content-length")
        return int(next(lengths, 0))  # the parser has seen to it that it is a number

    def _refuse_body(self, error: ApiError) -> None:
        self.keep_alive = False
        self.more_body = False
        self.body.clear()
        self._refuse(error)

    def complete(self) -> None:
        """The whole request is here."""
        self.more_body = False
        if may(self.state, "whole"):
            self._move("whole")
            self._answer_when_ready()

    def _answer_when_ready(self) -> None:
        if self.state == ANSWERING:
            try:
                self._answer()
            except Exception:  # noqa: BLE001 - the outermost edge: nobody else would end it
                _LOG.exception("a request could not be answered")
                self._fail()

    def _fail(self) -> None:
        """By a mistake of ours: an error if nothing has left yet, or else the end."""
        self.keep_alive = False
        if self.state != ANSWERING:
            if may(self.state, "broken"):
                self._move("broken")
            self._transport.abort()
            return
        if self._entry is not None:
            self._entry.end("refused", self._mock.player.clock_ns())
        self._refuse(server_error())

    def _answer(self) -> None:
        arrived_ns = self._mock.player.clock_ns()
        self._mock.player.catch_up()
        refusal = self._count() if self._counted else None
        body = bytes(self.body)
        self.body.clear()
        if refusal is not None:
            self._refuse(refusal, body)
            return
        headers = _decoded(self._headers)
        try:
            self._endpoint.provider.check(headers, self._mock.settings.require_key)
            planned = self._plan_of(headers, body)
        except NothingFitsError as error:
            self._pass_on(error, headers, body, arrived_ns)
            return
        except ApiError as error:
            self._refuse(error, body)
            return
        self._play(planned, headers, body, arrived_ns)

    def _play(
        self, planned: PlannedAnswer, headers: Mapping[str, str], body: bytes, arrived_ns: int
    ) -> None:
        mock = self._mock
        session = session_of(headers)
        entry = mock.journal.open(session, planned, body, arrived_ns, headers)
        schedule = (
            planned.schedule
            if self._http_1_1
            else schedule_writes(planned.plan, chunked=False, hold=planned.hold)
        )
        if planned.plan.streamed and not self._http_1_1:
            self.keep_alive = False  # the end of the body is the end of the connection
        self._entry = entry
        self._planned = planned
        playback = self._playback = Playback(
            mock.player, SocketWriter(self._transport), schedule, entry.ledger, self._ended
        )
        evidence = (
            f"x-mock-stream: {entry.id}\r\nx-mock-scenario: {planned.scenario}\r\n"
            f"x-mock-started-ns: {arrived_ns}\r\n{_unplaced(planned)}{_ignored(planned, mock)}"
        ).encode()
        mock.on_opened(planned, session, arrived_ns, self.end_early)
        mock.gates.add(entry.id, playback)
        head = self._head(schedule.head, evidence, end=b"" if schedule.head_open else b"\r\n")
        self._move("played")
        playback.start(head, at_once=planned.plan.streamed and not schedule.head_ns)

    def _pass_on(
        self, error: NothingFitsError, headers: Mapping[str, str], body: bytes, arrived_ns: int
    ) -> None:
        mock, endpoint = self._mock, self._endpoint
        if mock.upstream is None:
            self._refuse(error, body)
            return
        planned = passed_answer(endpoint.name, error, body)
        entry = self._entry = mock.journal.open(
            session_of(headers), planned, body, arrived_ns, headers
        )
        if not self._http_1_1:
            self.keep_alive = False

        def note_head(status: int, name: str) -> None:
            entry.status, entry.scenario = status, name
            entry.ledger.note(1, mock.player.clock_ns())

        def head_of(first: bytes, more: bytes) -> bytes:
            ours = f"x-mock-stream: {entry.id}\r\nx-mock-passed-on: {entry.scenario}\r\n"
            return self._head(first, more + ours.encode())

        relay = self._playback = Relay(
            mock.upstream,
            SocketWriter(self._transport),
            head_of,
            note_head,
            self._ended,
            chunked=self._http_1_1,
        )
        self._move("played")
        relay.start(endpoint.path, headers, body)

    def _head(self, fixed: bytes, more: bytes = b"", end: bytes = b"\r\n") -> bytes:
        lines = [fixed, more]
        lines.extend(b"%b: %b\r\n" % header for header in self._default_headers)
        origin = next((value for name, value in self._headers if name == b"origin"), None)
        if origin is not None:
            lines.append(cors_header(origin.decode("latin-1"), self._mock.settings.origins))
        if not self.keep_alive:
            lines.append(b"connection: close\r\n")
        lines.append(end)
        return b"".join(lines)

    def _refuse(self, error: ApiError, body: bytes = b"") -> None:
        named = (value for name, value in self._headers if name == b"x-mock-profile")
        chosen = next(named, b"").decode("latin-1")
        usual = self._mock.settings.profile
        content, headers = refusal_of(error, body, self._endpoint.provider, chosen, usual)
        entry = self._entry or self._mock.note_refusal(
            self._endpoint.name, error, _decoded(self._headers), body, content
        )
        lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
        head = (
            f"{status_line(error.status)}\r\nx-mock-stream: {entry.id}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(content)}\r\n{lines}"
        )
        SocketWriter(self._transport).write(self._head(head.encode()) + content)
        self._complete("refused")

    def _ended(self, ending: Ending) -> None:
        entry = self._entry
        if entry is not None:
            now_ns = self._mock.player.clock_ns()
            refused = ending == "complete" and entry.status >= 400
            entry.end("refused" if refused else _STATES[ending], now_ns)
            if entry.state == "finished" and self._planned is not None:
                self._mock.on_finished(self._planned, entry.session, now_ns)
        if ending == "reset":
            self._move("end")
            self._playback = None
            SocketWriter(self._transport).reset()
            return
        if ending != "complete":
            self.keep_alive = False
        self._complete("end")

    def _complete(self, happening: str) -> None:
        self._move(happening)
        self._playback = None  # each holds the other: garbage that would need collecting
        if not self.keep_alive:
            self._transport.close()
        self._on_response()

    def resume(self) -> None:
        """The client reads again."""
        if self._playback is not None:
            self._playback.resume()

    def client_gone(self) -> None:
        """The connection is lost, at this moment."""
        self.disconnected = True
        self._give_up("client_closed")

    def reader_stopped(self, since_ns: int) -> None:
        """The client has taken nothing since then, and is not waited for any longer."""
        if self._entry is not None and self._entry.state == "running":
            self._entry.mark("last byte that was taken", since_ns)
        self._give_up("cut")

    def end_early(self) -> None:
        """The answer was cancelled: the body ends here, properly."""
        if self._playback is None or self._playback.over or self.state != PLAYING:
            return
        self._playback.stop()
        if self._http_1_1:
            SocketWriter(self._transport).write(LAST_CHUNK)
        if self._entry is not None:
            self._entry.end("cut", self._mock.player.clock_ns())
        self._complete("cancelled")

    def server_stops(self) -> None:
        """The server shuts down: an open stream is severed."""
        self._give_up("cut")
        self._transport.close()

    def _give_up(self, state: State) -> None:
        if may(self.state, "gone"):
            self._move("gone")
        if self._playback is not None:
            self._playback.stop()
            self._playback = None
        if self._entry is not None and self._entry.state == "running":
            self._entry.end(state, self._mock.player.clock_ns())


def _unplaced(planned: PlannedAnswer) -> str:
    """A fault that found no place strikes nothing: whoever asked for it should know."""
    names = [f"{one.fault}@{one.at}" for one in planned.plan.faults if not one.placed]
    return f"x-mock-unplaced: {', '.join(names)}\r\n" if names else ""


def _ignored(planned: PlannedAnswer, mock: Mock) -> str:
    """Whoever misspells a parameter should see it."""
    if not planned.ignored or mock.settings.unknown_parameters != "warn":
        return ""
    names = ", ".join(planned.ignored)
    return f"x-mock-ignored: {quote(names, safe=', .[]_-')[:1_000]}\r\n"


def _decoded(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
