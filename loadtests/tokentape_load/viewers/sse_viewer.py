"""A viewer over HTTP and server-sent events, on the HTTP client that Locust's FastHttpUser uses.

Locust's own ways to read a stream hand out blocks or lines some time after the socket had them;
this one takes what the socket has, with the time at which it came.
"""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from urllib.parse import urlsplit

import gevent
import gevent.socket
import orjson
from geventhttpclient.client import HTTPClient
from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.header import Headers
from geventhttpclient.response import HTTPParseError, HTTPSocketPoolResponse

from tokentape.client.notices import is_event_stream
from tokentape.client.sse import SSEDecoder, TooLong
from tokentape.client.sse_viewer import see_event
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, Json, RequestTemplate, fill, pick
from tokentape_load.judging.answer_result import AFTER, BEFORE, Failure, View
from tokentape_load.judging.connection_errors import LOST, words_of
from tokentape_load.viewers.arrival_socket import Arrival, ArrivalSocket, arrival, receive
from tokentape_load.viewers.observation import Observation
from tokentape_load.workload.journeys import NOTHING, Deed

_REFUSED = 300
"""Statuses from here on are no stream; redirects lead elsewhere, which is not what is tested."""

_SAID_BYTES, _SAID_SHOWN, _SAID_S = 65_536, 200, 5.0
"""How much of a refusal's reason is read and shown, and how long it is waited for."""

_HEADERS_MAX, _HEAD_BYTES, _BODY_BYTES = 1_000, 262_144, 1_048_576
"""Of a head, and of an answer that is no stream."""


class _Headers(Headers):
    """A server may send them without end."""

    lines = 0

    def add(self, field: str, value: str | list[str] | tuple[str, ...]) -> None:
        self.lines += 1
        if self.lines > _HEADERS_MAX:
            raise HTTPParseError(f"a head of more than {_HEADERS_MAX:,} fields")
        super().add(field, value)


class _Socket(ArrivalSocket):
    """A single field may be without end as well. Through TLS, time alone bounds it."""

    head_left: int | None = None
    """What is still read of a head; `None` once it is whole."""

    def recv(self, size: int, flags: int = 0) -> bytes:
        received = super().recv(size, flags)
        if self.head_left is not None:
            self.head_left -= len(received)
            if self.head_left < 0:
                raise HTTPParseError(f"a head of more than {_HEAD_BYTES:,} bytes")
        return received


class SSEViewer:
    """`url` is the server's root, or the `/v1` of an OpenAI-compatible one."""

    def __init__(self, url: str, contract: Contract, *, silence_s: float, token: str = "") -> None:
        self._contract = contract
        self._silence_s = silence_s
        self._token = token
        self._path = urlsplit(url).path.rstrip("/")
        self._http = HTTPClient.from_url(
            # One streams, one stops it.
            url,
            concurrency=2,
            connection_timeout=silence_s,
            network_timeout=silence_s,
            headers_type=_Headers,
        )
        _stamping(self._http._connection_pool)

    def close(self) -> None:
        self._http.close()

    def view_answer(self, turn: Turn, deed: Deed = NOTHING) -> View:
        observation = Observation(self._contract, turn, deed)
        observation.started_ns = time.monotonic_ns()
        try:
            for request in self._contract.before:
                if request.taken(observation.values):
                    continue
                if _asks_question(request):
                    observation.started_ns = time.monotonic_ns()
                response = self._send(request, observation.values)
                if response.status_code >= _REFUSED:
                    return observation.none(_refusal(response))
                answer = orjson.loads(self._body(response))
                observation.values.update(
                    {name: pick(answer, path) for name, path in request.take.items()}
                )
            if not any(_asks_question(request) for request in self._contract.before):
                observation.started_ns = time.monotonic_ns()
            start = self._contract.start
            if isinstance(start, RequestTemplate) and self._contract.reads_request:
                observation.request = fill(start.body, observation.values)
            response = self._send(start, observation.values, observation.request)
            observation.first_byte_ns = _head(response).at_ns
            if response.status_code >= _REFUSED:
                return observation.none(_refusal(response))
        except orjson.JSONDecodeError:
            return observation.none(Failure("refused", BEFORE, "an answer that is not JSON"))
        except LOST as error:
            return observation.none(Failure("unreachable", BEFORE, words_of(error)))
        observation.move("ask")
        self._read(response, observation)
        if observation.cutting:
            self._resume(observation)
        observation.close()
        return observation.view()

    def _resume(self, observation: Observation) -> None:
        """Come back to an answer whose connection was cut."""
        observation.cutting = False
        place = f"at event {len(observation.timeline)}"
        try:
            response = self._send(self._contract.resume, observation.values)
        except LOST as error:
            observation.move("unreachable")
            message = f"on resume: {words_of(error)}"
            observation.failures.append(Failure("unreachable", place, message))
            return
        if response.status_code >= _REFUSED:
            observation.move("refused")
            refusal = _refusal(response)
            observation.failures.append(Failure("refused", place, f"on resume: {refusal.message}"))
            return
        observation.move("resume")
        self._read(response, observation)

    def _send(
        self, call: object, values: Mapping[str, Json], filled: Json = None
    ) -> HTTPSocketPoolResponse:
        """`filled` is the body, where it is made already: a fresh id is another one each time."""
        if not isinstance(call, RequestTemplate):
            raise TypeError(f"{self._contract.key} has no request for this")
        headers = {**fill(call.headers, values), "Accept": "text/event-stream, application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        body = b""
        if call.body is not None:
            body = orjson.dumps(fill(call.body, values) if filled is None else filled)
            headers["Content-Type"] = "application/json"
        path = f"{self._path}{fill(call.path, values)}"
        # The client's own timeout is for each read: a head can take for ever, word by word.
        late = TimeoutError(f"no whole head of an answer within {self._silence_s:g} s")
        with gevent.Timeout(self._silence_s, late):
            response = self._http.request(call.method, path, body, headers)
        if isinstance(response._sock, _Socket):
            response._sock.head_left = None
        return response

    def _body(self, response: HTTPSocketPoolResponse) -> bytes:
        late = TimeoutError(f"no whole answer within {self._silence_s:g} s")
        try:
            with gevent.Timeout(self._silence_s, late):
                return bytes(response.read(_BODY_BYTES))
        finally:
            response.release()

    def _read(self, response: HTTPSocketPoolResponse, observation: Observation) -> None:
        content_type = str(response.get("content-type") or "none")
        if not is_event_stream(content_type):
            message = f"Content-Type: {content_type}"
            observation.failures.append(Failure("wrong_content_type", BEFORE, message))
        if (coding := response.get("content-encoding") or "identity") != "identity":
            message = f"Content-Encoding: {coding}, which was not asked for"
            observation.failures.append(Failure("wrong_content_type", BEFORE, message))
        decoder, contract = SSEDecoder(), self._contract
        before = observation.timeline[-1].read + 1 if observation.timeline else 0
        heard_ns = time.monotonic_ns()
        try:
            for read, (since_ns, at_ns, block) in enumerate(blocks(response), before):
                observation.closed_ns = at_ns
                events = decoder.feed(block)
                if events:
                    heard_ns = at_ns
                elif at_ns - heard_ns > self._silence_s * 1e9:
                    raise TimeoutError  # comments keep a connection alive, and say nothing
                for event in events:
                    if observation.full:
                        return
                    seen = see_event(contract, event, at_ns=at_ns, read=read, since_ns=since_ns)
                    act = observation.store(seen)
                    if act == "stop":
                        gevent.spawn(self._stop, observation)
                    elif act == "cut":
                        return
        except TimeoutError as error:
            observation.lost = words_of(error)
            if observation.ended:
                message = f"the body was still open {self._silence_s:g} s after the terminal event"
                observation.failures.append(Failure("missing_end", AFTER, message))
        except TooLong as error:
            place = f"at event {len(observation.timeline)}"
            observation.failures.append(Failure("malformed_frame", place, str(error)))
        except LOST as error:
            # One that breaks off before is a short timeline, and its contract says so.
            observation.lost = words_of(error)
            if observation.ended:
                message = f"the body broke off after the terminal event: {words_of(error)}"
                observation.failures.append(Failure("missing_end", AFTER, message))
        finally:
            response.release()

    def _stop(self, observation: Observation) -> None:
        observation.stopped_ns = time.monotonic_ns()
        place = f"at event {len(observation.timeline)}"
        try:
            response = self._send(self._contract.stop, observation.values)
            # Who is too late is told so, and that is no fault.
            if response.status_code >= _REFUSED and not observation.ended:
                refusal = _refusal(response)
                message = f"on stop: {refusal.message}"
                observation.failures.append(Failure("refused", place, message))
                return
            self._body(response)
        except LOST as error:
            message = f"on stop: {words_of(error)}"
            observation.failures.append(Failure("unreachable", place, message))


def _stamping(pool: ConnectionPool) -> None:
    """Sockets that know when bytes came, and that send at once: head and body leave in two writes,
    and otherwise the second may wait 40 ms for the acknowledgement of the first, and be blamed on
    the server."""
    connected, lent = pool.after_connect, pool.get_socket

    def after_connect(sock: gevent.socket.socket) -> None:
        connected(sock)
        sock.setsockopt(gevent.socket.IPPROTO_TCP, gevent.socket.TCP_NODELAY, 1)

    def get_socket() -> gevent.socket.socket:
        sock = lent()
        if isinstance(sock, _Socket):
            sock.head_left = _HEAD_BYTES
        return sock

    # Its hooks for subclasses; which class of pool it is, the client decides by the URL.
    pool.get_socket = get_socket  # type: ignore[method-assign]
    pool.after_connect = after_connect  # type: ignore[method-assign]
    pool._create_tcp_socket = _Socket  # type: ignore[method-assign, assignment]


def blocks(response: HTTPSocketPoolResponse) -> Iterator[Arrival]:
    """Each socket read's share of the body, with the times of its arrival.

    The client's own `read(n)` waits for n bytes and its `readline` hides the read behind lines, so
    this feeds its parser by hand: what was read with the headers first, then read by read. The
    last, empty block is the end of the body.
    """
    came = _head(response)
    while True:
        body = response._body_buffer
        if body or response.message_complete:
            block = bytes(body)
            body.clear()
            yield came._replace(data=block)
        socket = response._sock
        if response.message_complete or socket is None:
            return
        came = receive(socket)
        response.feed(came.data)  # of no bytes: the end, an error inside a chunked body


def _head(response: HTTPSocketPoolResponse) -> Arrival:
    """When the read came that brought the last of the head, and of the body what came with it."""
    socket = response._sock  # given back already when that was all
    if socket is None:
        now_ns = time.monotonic_ns()
        return Arrival(now_ns, now_ns, b"")
    return arrival(socket)


def _asks_question(request: RequestTemplate) -> bool:
    """Whether the question itself goes with it: then the answer's time begins here."""
    return "$message" in repr(request.body)


def _refusal(response: HTTPSocketPoolResponse) -> Failure:
    """With the server's reason, as far as it gives one."""
    body = b""
    with suppress(*LOST):
        body = gevent.with_timeout(_SAID_S, response.read, _SAID_BYTES, timeout_value=b"")
    location = response.get("location")
    response.release()
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    code, message = pick(answer, "error.code"), pick(answer, "error.message")
    said = f"{code or ''} {message or ''}".strip() or body[:_SAID_SHOWN].decode(errors="replace")
    if location:
        said = f"leads to {location}: redirects are not followed, give that address"
    return Failure("refused", BEFORE, f"{response.status_code} {' '.join(said.split())}".strip())
