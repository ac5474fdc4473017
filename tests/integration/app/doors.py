"""A dialect's door, knocked at by hand: whatever payload and headers, and what came back.

Stands on httpx2 and python-socketio, not on our own client library.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

import httpx2
import orjson
import socketio
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.integration.app.serving import signed
from tokentape.client.turn import Turn, values_for
from tokentape.contract.contract import Contract, Emit, RequestTemplate, fill, pick


@dataclass(frozen=True, slots=True)
class Reply:
    """`code` is None where the turn was accepted; `told` is all that the caller got to see."""

    code: str | None
    message: str = ""
    status: int | None = None
    retry_after_s: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    told: Any = None


class TurnedAway(Exception):
    """A socket was refused, with this message."""


class Door(Protocol):
    contract: Contract

    async def start(self, payload: Any) -> Reply:
        """Start with this payload; returns when it is refused, or accepted and ended."""
        ...


def asking(contract: Contract) -> RequestTemplate:
    """The request that brings the question: in some dialects the answer is fetched by another."""
    assert isinstance(contract.start, RequestTemplate)
    return contract.before[-1] if contract.start.body is None else contract.start


def spelled(contract: Contract, turn: Turn) -> Any:
    """The start's payload for a turn, fit to be spoilt."""
    start = contract.start
    template = asking(contract).body if isinstance(start, RequestTemplate) else start.payload
    return fill(template, values_for(contract, turn))


class HttpDoor:
    def __init__(self, contract: Contract, http: httpx2.AsyncClient) -> None:
        """Signed in where nobody else is answered."""
        self.contract = contract
        self.http = http
        self.path = asking(contract).path
        self.values: dict[str, Any] = {}
        """What was taken of the requests that came before."""
        for name, value in signed(contract).items():
            http.headers.setdefault(name, value)

    async def prepare(self) -> str:
        """The path at which to ask, once what must be there before has been made."""
        for request in self.contract.before:
            if request is not asking(self.contract) and "$" in self.path:
                made = await self.http.request(request.method, request.path, json=request.body)
                told = made.json() if made.is_success else {}
                taken = {name: pick(told, path) or "none" for name, path in request.take.items()}
                self.values |= taken
                self.path = fill(self.path, taken)
        return self.path

    async def start(self, payload: Any) -> Reply:
        return await self.post(orjson.dumps(payload))

    async def fetch(self, answer: httpx2.Response) -> httpx2.Response:
        """The stream, which may be another answer than that to the question."""
        path = self.path_to(answer)
        return answer if path is None else await self.http.get(path)

    def path_to(self, answer: httpx2.Response) -> str | None:
        """Where the stream is, if it is not the answer itself."""
        asked, start = asking(self.contract), self.contract.start
        assert isinstance(start, RequestTemplate)
        if asked is start:
            return None
        taken = {name: pick(answer.json(), path) for name, path in asked.take.items()}
        found: str = fill(start.path, taken)
        return found

    @asynccontextmanager
    async def stream(self, payload: Any) -> AsyncIterator[httpx2.Response]:
        """Ask, and read the answer as it comes."""
        async with self.http.stream("POST", await self.prepare(), json=payload) as answer:
            if asking(self.contract) is self.contract.start:
                yield answer
                return
            await answer.aread()
        async with self.http.stream("GET", self.path_to(answer) or "") as fetched:
            yield fetched

    async def post(self, body: bytes) -> Reply:
        kind = {"Content-Type": "application/json"}
        answer = await self.http.post(await self.prepare(), content=body, headers=kind)
        if not answer.is_error:
            told = (await self.fetch(answer)).text
            return Reply(None, status=answer.status_code, headers=answer.headers, told=told)
        error = answer.json()["error"]
        wait = answer.headers.get("retry-after")
        return Reply(
            error["code"],
            error["message"],
            answer.status_code,
            int(wait) if wait else None,
            answer.headers,
            answer.json(),
        )


class SocketDoor:
    """Every event of a turn is noted in order of arrival."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        assert isinstance(contract.start, Emit)
        self.event = contract.start.event
        self.events: list[tuple[str, Any]] = []
        self._came = asyncio.Event()
        self.sio = socketio.AsyncClient(reconnection=False)
        self.sio.on("*", self._note, namespace=contract.namespace)

    async def _note(self, event: str, payload: Any = None) -> None:
        if event in self.contract.ignored:
            return
        self.events.append((event, payload))
        self._came.set()

    async def call(self, event: str, payload: Any) -> Any:
        return await self.sio.call(event, payload, namespace=self.contract.namespace, timeout=60)

    async def start(self, payload: Any) -> Reply:
        return await self.emit(self.event, payload)

    async def emit(self, event: str, payload: Any) -> Reply:
        """Emit it, and hear both the acknowledgement and the end or the error event."""
        self.events.clear()
        acknowledged = await self.call(event, payload)
        _, told = await self.until_end()
        code = None if acknowledged["ok"] else acknowledged["code"]
        if code:
            kind = self.contract.kind_of(*self.events[-1])
            assert kind is not None
            assert pick(told, kind.code or "") == code
        return Reply(
            code,
            acknowledged.get("message", ""),
            retry_after_s=told.get("retryAfter"),
            told=[acknowledged, *self.events],
        )

    async def until_end(self) -> tuple[str, Any]:
        async with asyncio.timeout(60):
            while True:
                for name, payload in self.events:
                    kind = self.contract.kind_of(name, payload)
                    if kind and kind.end:
                        return name, payload
                await self.more()

    async def more(self) -> None:
        """Wait for the next event."""
        self._came.clear()
        await self._came.wait()


class PlainDoor(SocketDoor):
    """The same over a plain WebSocket."""

    def __init__(self, contract: Contract, plain: ClientConnection) -> None:
        super().__init__(contract)
        self.plain = plain
        self._numbers = count()
        self._answers: dict[int, asyncio.Future[Any]] = {}
        self.closed: asyncio.Task[None] = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        with suppress(ConnectionClosed):
            async for text in self.plain:
                frame = orjson.loads(text)
                if "event" in frame:
                    await self._note(frame["event"], frame["data"])
                else:
                    self._answers.pop(frame["ackId"]).set_result(frame["data"])

    async def call(self, event: str, payload: Any) -> Any:
        number = next(self._numbers)
        answer = self._answers[number] = asyncio.get_running_loop().create_future()
        frame = {"event": event, "data": payload, "ackId": number}
        await self.plain.send(orjson.dumps(frame).decode())
        async with asyncio.timeout(60):
            return await answer


@asynccontextmanager
async def plain_door(
    url: str, contract: Contract, token: Any, headers: Mapping[str, str]
) -> AsyncIterator[PlainDoor]:
    place = f"ws{url.removeprefix('http')}{contract.namespace}"
    async with connect(place, additional_headers=headers, proxy=None) as plain:
        one = PlainDoor(contract, plain)
        if token is not None:
            answered = asyncio.create_task(one.call("auth", {"token": token}))
            await asyncio.wait((one.closed, answered), return_when=asyncio.FIRST_COMPLETED)
            if not answered.done() or not answered.result()["ok"]:
                answered.cancel()
                await one.closed
                raise TurnedAway(plain.close_reason)
        yield one
    await one.closed


@asynccontextmanager
async def door(
    url: str,
    contract: Contract,
    *,
    token: Any = None,
    headers: Mapping[str, str] | None = None,
) -> AsyncIterator[HttpDoor | SocketDoor]:
    """Knock with a token where the dialect takes it before the turn: in the handshake's `auth` or
    the `Authorization` header. Dialects that take it in the payload get it there."""
    given = dict(headers or {})
    if isinstance(contract.start, RequestTemplate):
        if token is not None:
            given["Authorization"] = f"Bearer {token}"
        async with httpx2.AsyncClient(base_url=url, headers=given, trust_env=False) as http:
            yield HttpDoor(contract, http)
        return
    if contract.transport == "websocket":
        async with plain_door(url, contract, token, given) as plain:
            yield plain
        return
    one = SocketDoor(contract)
    told: list[Any] = []
    one.sio.on("connect_error", told.append, namespace=contract.namespace)
    try:
        await one.sio.connect(
            url,
            headers=given,
            namespaces=[contract.namespace],
            auth={"token": token} if token is not None else None,
            transports=["websocket"],
        )
    except socketio.exceptions.ConnectionError:
        await hung_up(one.sio)
        raise TurnedAway(told[0]["message"]) from None
    try:
        yield one
    finally:
        await one.sio.disconnect()
        await hung_up(one.sio)


async def hung_up(client: socketio.AsyncClient) -> None:
    """The client leaves its WebSocket to the garbage collector when the server closes first."""
    if client.eio.ws is not None:
        await client.eio.ws.close()
