"""A viewer over HTTP: each turn is a request whose answer is a stream of server-sent events."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Self

import httpx2
import orjson

from app.client.sse import ServerSentEvent, SSEDecoder
from app.client.turn import Refused, Turn, Unreachable
from app.contract.contract import Contract, Json, Request, fill, pick
from app.contract.timeline import Malformed, Seen, see

_CONNECT_S = 20.0


class SSEViewer:
    """Sees answers by one contract whose transport is `sse`. Times are stamped at the read."""

    def __init__(
        self, url: str, contract: Contract, *, read_timeout_s: float | None = 60.0
    ) -> None:
        self.contract = contract
        self.timeline: list[Seen] = []
        self.started_ns = 0
        timeout = httpx2.Timeout(_CONNECT_S, read=read_timeout_s)
        self._http = httpx2.AsyncClient(base_url=url, timeout=timeout)
        self._values: dict[str, Json] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def ask(self, turn: Turn) -> AsyncIterator[Seen]:
        self.timeline = []
        self._values = dict(turn.values())
        for request in self.contract.before:
            await self._prepare(request)
        self.started_ns = time.monotonic_ns()
        async for seen in self._stream(self.contract.start):
            yield seen

    async def resume(self, run: str, last_seq: int, turn: Turn) -> AsyncIterator[Seen]:
        self._values = {**turn.values(), **self._values, "run": run, "seq": last_seq}
        async for seen in self._stream(self.contract.resume):
            yield seen

    async def stop(self) -> None:
        """Asks once the run's id is known; before that there is nothing to name."""
        if isinstance(self.contract.stop, Request) and self._values.get("run"):
            await self._send(self.contract.stop)

    async def _prepare(self, request: Request) -> None:
        response = await self._send(request)
        if response.is_error:
            raise _refusal(response)
        answer = orjson.loads(response.content)
        self._values.update({name: pick(answer, path) for name, path in request.take.items()})

    async def _send(self, request: Request) -> httpx2.Response:
        method, path, body, headers = self._spell(request)
        try:
            return await self._http.request(method, path, content=body, headers=headers)
        except httpx2.TransportError as error:
            raise Unreachable(f"{method} {path}: {error or type(error).__name__}") from error

    async def _stream(self, call: object) -> AsyncIterator[Seen]:
        if not isinstance(call, Request):
            raise TypeError(f"{self.contract.key} has no request for this")
        method, path, body, headers = self._spell(call)
        headers = {**headers, "Accept": "text/event-stream"}
        answered = False
        try:
            async with self._http.stream(method, path, content=body, headers=headers) as response:
                if response.is_error:
                    await response.aread()
                    raise _refusal(response)
                answered = True
                async for seen in self._read(response):
                    yield seen
        except httpx2.TransportError as error:
            # A stream that breaks off is a short timeline, and its contract says so.
            if not answered:
                raise Unreachable(f"{method} {path}: {error or type(error).__name__}") from error

    async def _read(self, response: httpx2.Response) -> AsyncIterator[Seen]:
        decoder = SSEDecoder()
        read = self.timeline[-1].read + 1 if self.timeline else 0
        async for block in response.aiter_bytes():
            at_ns = time.monotonic_ns()
            for event in decoder.feed(block):
                seen = see_event(self.contract, event, at_ns=at_ns, read=read)
                self.timeline.append(seen)
                if seen.run:
                    self._values["run"] = seen.run
                yield seen
            read += 1

    def _spell(self, request: Request) -> tuple[str, str, bytes | None, Mapping[str, str]]:
        headers = dict(fill(request.headers, self._values))
        if token := self._values.get("token"):
            headers["Authorization"] = f"Bearer {token}"
        body = None
        if request.body is not None:
            body = orjson.dumps(fill(request.body, self._values))
            headers["Content-Type"] = "application/json"
        return request.method, fill(request.path, self._values), body, headers


def see_event(contract: Contract, event: ServerSentEvent, *, at_ns: int, read: int) -> Seen:
    """Read one server-sent event by a contract. `[DONE]` stays the text that it is."""
    payload: Json
    if event.data == "[DONE]":
        payload = event.data
    else:
        try:
            payload = orjson.loads(event.data)
        except orjson.JSONDecodeError as error:
            payload = Malformed(event.data, f"not JSON: {error}")
    return see(contract, event.event, payload, at_ns=at_ns, event_id=event.id, read=read)


def _refusal(response: httpx2.Response) -> Refused:
    try:
        answer = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        answer = None
    code, message = pick(answer, "error.code"), pick(answer, "error.message")
    retry_after = response.headers.get("Retry-After", "")
    return Refused(
        response.status_code,
        code if isinstance(code, str) else f"HTTP_{response.status_code}",
        message if isinstance(message, str) else response.reason_phrase,
        float(retry_after) if retry_after.isascii() and retry_after.isdigit() else None,
    )
