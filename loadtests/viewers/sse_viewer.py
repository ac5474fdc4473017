"""A viewer over HTTP and server-sent events, on the HTTP client that Locust's FastHttpUser uses.

Locust's own ways to read a stream hand out blocks or lines some time after the socket had them;
this one takes what the socket has and stamps it there.
"""

import time
from collections.abc import Iterator, Mapping

import orjson
from geventhttpclient.client import HTTPClient
from geventhttpclient.response import HTTPParseError, HTTPSocketPoolResponse

from app.client.sse import SSEDecoder
from app.client.sse_viewer import see_event
from app.client.turn import Turn
from app.contract.contract import Contract, Json, Request, fill, pick
from app.contract.timeline import Seen
from loadtests.finding import AFTER, BEFORE, Failure, View
from loadtests.viewers.viewer import READ_BYTES

_LOST = (OSError, HTTPParseError)
"""How a connection that can't be made, breaks, or falls silent shows itself."""


class SSEViewer:
    def __init__(self, url: str, contract: Contract, *, silence_s: float) -> None:
        self._contract = contract
        self._silence_s = silence_s
        self._http = HTTPClient.from_url(
            url, concurrency=2, connection_timeout=silence_s, network_timeout=silence_s
        )

    def close(self) -> None:
        self._http.close()

    def ask(self, turn: Turn) -> View:
        values: dict[str, Json] = dict(turn.values())
        started_ns = time.monotonic_ns()
        try:
            for request in self._contract.before:
                if request.taken(values):
                    continue
                response = self._send(request, values)
                if response.status_code >= 400:
                    return View(started_ns, None, (_refusal(response),))
                answer = orjson.loads(response.read())
                values.update({name: pick(answer, path) for name, path in request.take.items()})
            started_ns = time.monotonic_ns()
            response = self._send(self._contract.start, values)
            if response.status_code >= 400:
                return View(started_ns, None, (_refusal(response),))
        except _LOST as error:
            failure = Failure("unreachable", BEFORE, str(error) or type(error).__name__)
            return View(started_ns, None, (failure,))
        return self._view(response, started_ns)

    def _send(self, call: object, values: Mapping[str, Json]) -> HTTPSocketPoolResponse:
        if not isinstance(call, Request):
            raise TypeError(f"{self._contract.key} has no request for this")
        headers = {**fill(call.headers, values), "Accept": "text/event-stream, application/json"}
        if token := values.get("token"):
            headers["Authorization"] = f"Bearer {token}"
        body = b""
        if call.body is not None:
            body = orjson.dumps(fill(call.body, values))
            headers["Content-Type"] = "application/json"
        return self._http.request(call.method, fill(call.path, values), body, headers)

    def _view(self, response: HTTPSocketPoolResponse, started_ns: int) -> View:
        timeline: list[Seen] = []
        failures: list[Failure] = []
        content_type = str(response.get("content-type") or "none")
        if not content_type.startswith("text/event-stream"):
            failures.append(Failure("wrong_content_type", BEFORE, f"Content-Type: {content_type}"))
        decoder = SSEDecoder()
        try:
            for read, (at_ns, block) in enumerate(blocks(response)):
                for event in decoder.feed(block):
                    seen = see_event(self._contract, event, at_ns=at_ns, read=read)
                    timeline.append(seen)
        except TimeoutError:
            if any(seen.end for seen in timeline):
                message = f"the body was still open {self._silence_s:g} s after the terminal event"
                failures.append(Failure("missing_end", AFTER, message))
        except _LOST:
            pass  # a stream that breaks off is a short timeline, and its contract says so
        finally:
            response.release()
        return View(started_ns, tuple(timeline), tuple(failures))


def blocks(response: HTTPSocketPoolResponse) -> Iterator[tuple[int, bytes]]:
    """Each socket read's share of the body, with the time at which the read returned.

    The client's own `read(n)` waits for n bytes and its `readline` hides the read behind lines, so
    this feeds its parser by hand: what was read with the headers first, then read by read.
    """
    at_ns = time.monotonic_ns()
    while True:
        body = response._body_buffer
        if body:
            block = bytes(body)
            body.clear()
            yield at_ns, block
        socket = response._sock
        if response.message_complete or socket is None:
            return
        received = socket.recv(READ_BYTES)
        at_ns = time.monotonic_ns()
        response.feed(received)  # of no bytes: the end, an error inside a chunked body


def _refusal(response: HTTPSocketPoolResponse) -> Failure:
    try:
        answer = orjson.loads(response.read())
    except (orjson.JSONDecodeError, *_LOST):
        answer = None
    code, message = pick(answer, "error.code"), pick(answer, "error.message")
    return Failure(
        "refused", BEFORE, f"{response.status_code} {code or ''} {message or ''}".strip()
    )
