"""A viewer over HTTP: each turn is a request whose answer is a stream of server-sent events."""

import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Self
from urllib.parse import urlencode

import orjson

from app.client.failures import Lost, Unreachable
from app.client.http_line import HttpAnswer, HttpCall, HttpLine
from app.client.sse import ServerSentEvent
from app.client.sse_client import SSEClient, SSEOptions, is_event_stream
from app.client.turn import Turn
from app.contract.contract import Contract, Json, Request, fill, pick
from app.contract.integrity import Difference
from app.contract.timeline import Malformed, Seen, see

_CONNECT_S = 20.0


class SSEViewer:
    """Sees answers by one contract whose transport is `sse`. Times are stamped at the read.

    `linger_s` is how long it looks on after the end, should the server not close the stream.
    """

    def __init__(
        self,
        url: str,
        contract: Contract,
        *,
        headers: Mapping[str, str] | None = None,
        read_timeout_s: float | None = 60.0,
        linger_s: float = 1.0,
    ) -> None:
        self.contract = contract
        self.timeline: list[Seen] = []
        self.started_ns = 0
        self.noticed: list[Difference] = []
        self._url = url.rstrip("/")
        self._headers = dict(headers or {})
        self._line = HttpLine(connect_s=_CONNECT_S, silence_s=read_timeout_s)
        self._options = SSEOptions(
            max_retries=0,
            silence=read_timeout_s,
            ends=self._is_end,
            linger=linger_s,
            skip_repeated=False,
            require_type=False,
        )
        self._client: SSEClient | None = None
        self._values: dict[str, Json] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drop()
        await self._line.close()

    async def ask(self, turn: Turn) -> AsyncIterator[Seen]:
        self.timeline, self.noticed = [], []
        self._values = dict(turn.values())
        asked = False
        for request in self.contract.before:
            if not request.taken(self._values):
                self._begin(asked=asked)
                asked = asked or request.asks
                await self._prepare(request)
        self._begin(asked=asked)
        async for seen in self._stream(self.contract.start):
            yield seen

    def _begin(self, *, asked: bool) -> None:
        """The answer's time begins with the request that carries the question."""
        if not asked:
            self.started_ns = time.monotonic_ns()

    async def resume(self, run: str, last_seq: int, turn: Turn) -> AsyncIterator[Seen]:
        self._values = {**turn.values(), **self._values, "run": run}
        self._values["seq"] = last_seq if last_seq >= 0 else None  # from the first event on
        self.started_ns = self.started_ns or time.monotonic_ns()
        async for seen in self._stream(self.contract.resume):
            yield seen

    async def stop(self) -> None:
        """Asks once the run's id is known; before that there is nothing to name."""
        if isinstance(self.contract.stop, Request) and self._values.get("run"):
            async with self._line.asked(self._spell(self.contract.stop)) as answer:
                await _content(answer)

    async def drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            await client.disconnect()

    async def _prepare(self, request: Request) -> None:
        call = self._spell(request)
        async with self._line.asked(call) as answer:
            if answer.status >= 400:
                raise await answer.refusal()
            told = await _content(answer)
        taken = {name: pick(told, path) for name, path in request.take.items()}
        for name, path in request.take.items():
            if taken[name] is None:
                raise Unreachable(f"{request.path}: the answer has no {path}")
        self._values.update(taken)

    async def _stream(self, call: object) -> AsyncIterator[Seen]:
        if not isinstance(call, Request):
            raise TypeError(f"{self.contract.key} has no request for this")
        await self.drop()
        first_read = self.timeline[-1].read + 1 if self.timeline else 0
        begun: int | None = None
        client = self._client = SSEClient(self._spell(call), self._options, line=self._line)
        client.on("open", lambda: self._notice(client.content_type or ""))
        try:
            async with client:
                async for arrival in client:
                    begun = arrival.read if begun is None else begun
                    seen = see_event(
                        self.contract,
                        arrival.event,
                        at_ns=arrival.at_ns,
                        read=first_read + arrival.read - begun,
                    )
                    self.timeline.append(seen)
                    self._remember(seen)
                    yield seen
        except Lost:
            pass  # a stream that breaks off is a short timeline, and its contract says so

    def _notice(self, content_type: str) -> None:
        if not is_event_stream(content_type):
            message = f"Content-Type is {content_type or 'missing'}, not text/event-stream"
            self.noticed.append(Difference("wrong_content_type", len(self.timeline), message))

    def _remember(self, seen: Seen) -> None:
        if seen.run:
            self._values["run"] = seen.run

    def _is_end(self, event: ServerSentEvent) -> bool:
        return see_event(self.contract, event, at_ns=0, read=0).end is not None

    def _spell(self, request: Request) -> HttpCall:
        headers = {**self._headers, **fill(request.headers, self._values)}
        if token := self._values.get("token"):
            headers["Authorization"] = f"Bearer {token}"
        path = fill(request.path, self._values)
        if query := urlencode(fill(request.query, self._values)):
            path += f"{'&' if '?' in path else '?'}{query}"
        call = HttpCall(method=request.method, url=f"{self._url}{path}", headers=headers)
        if request.body is None:
            return call
        body = orjson.dumps(fill(request.body, self._values))
        return replace(call, body=body).with_headers(Content_Type="application/json")


async def _content(answer: HttpAnswer) -> Json:
    try:
        return orjson.loads(await answer.content() or b"null")
    except orjson.JSONDecodeError:
        return None
    except (ConnectionError, TimeoutError) as error:
        raise Unreachable(str(error)) from error


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
