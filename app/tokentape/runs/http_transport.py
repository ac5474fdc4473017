"""HTTP/1.1 for the `openai` client, over asyncio streams of bytes: what a chunk costs is one parse.

The client's own transport takes each read through a dozen generators. Knows nothing of models.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import asyncio
import time
from contextlib import ExitStack, suppress
from ssl import SSLContext
from typing import cast

import httptools
import httpx2

READS = "tokentape.reads"
"""The response's extension with its `UpstreamConnection`, for whoever reads the body directly."""

IDLE_S = 4.0  # below the 5 s after which common servers close a connection that waits
IDLE_MAX = 200
HEAD_MAX_BYTES = 131_072
BUFFER_MAX_BYTES = 262_144

LENIENCIES = {
    "lenient_version": True,
    "lenient_optional_cr_before_lf": True,
    "lenient_chunked_length": True,
    "lenient_spaces_after_chunk_size": True,
}
"""What the official client's parser reads as well. They are dangerous where two readers of one
connection differ, as a proxy and its server: this reader is the last one."""

Address = tuple[str, str, int]


class UpstreamConnection(asyncio.Protocol):
    """One connection with one exchange at a time; its body is read with `read`."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.idle_since = 0.0
        self.at_ns = 0
        """When the latest bytes came (CLOCK_MONOTONIC)."""
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.whole = True
        self.lost = False
        self._reusable = False
        self._loop = asyncio.get_running_loop()
        self._waiting: asyncio.Future[None] | None = None
        self._error: httpx2.TransportError | None = None
        self._blocks: list[bytes] = []
        self._size = 0
        self._paused = False
        self._headed = False

    @property
    def answering(self) -> bool:
        """Whether anything of the answer has come."""
        return self._size > 0

    @property
    def reusable(self) -> bool:
        return self._reusable and self.whole and not self.lost and not self._blocks

    def begin(self, request: bytes) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._parser.set_dangerous_leniencies(**LENIENCIES)
        self.status, self.headers = 0, []
        self.whole = self._headed = self._reusable = False
        self._size = 0
        self._transport.write(request)

    async def head(self) -> None:
        """Wait for the answer's head. Raises `httpx2.TransportError`."""
        while not self._headed:
            await self._more()

    async def read(self) -> bytes:
        """The body that has come since the last call; empty at its end.

        Raises `httpx2.TransportError` when the connection breaks before the end.
        """
        while not self._blocks:
            if self.whole:
                return b""
            await self._more()
        blocks, self._blocks, self._size = self._blocks, [], 0
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return blocks[0] if len(blocks) == 1 else b"".join(blocks)

    def cut(self) -> None:
        self._reusable = False
        self._transport.abort()

    async def _more(self) -> None:
        if self._error:
            raise self._error
        self._waiting = self._loop.create_future()
        try:
            await self._waiting
        finally:
            self._waiting = None

    def _wake(self) -> None:
        if self._waiting and not self._waiting.done():
            self._waiting.set_result(None)

    def _fail(self, error: httpx2.TransportError) -> None:
        if not self.whole and self._error is None:
            self._error = error
        self._wake()

    # What the event loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.at_ns = time.monotonic_ns()
        if self.whole:  # nobody asked: never use it again
            self.cut()
            return
        self._size += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._reusable = False
            self._fail(httpx2.RemoteProtocolError(str(error)))
            self._transport.abort()
        if not self._headed and self._size > HEAD_MAX_BYTES:
            self._fail(httpx2.RemoteProtocolError("the head of the answer does not end"))
            self._transport.abort()
        elif self._size > BUFFER_MAX_BYTES and not self._paused and not self.whole:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        if self._headed and error is None and self._until_close():
            self.whole = True
        elif error:
            self._fail(httpx2.ReadError(str(error)))
        else:
            self._fail(httpx2.RemoteProtocolError("the connection closed before the answer's end"))
        self._wake()

    def _until_close(self) -> bool:
        """Does the body end with the connection: has it neither a length nor chunks?"""
        return not any(
            name.lower() in (b"content-length", b"transfer-encoding") for name, _ in self.headers
        )

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        if self.status >= 200:
            self._headed = True

    def on_body(self, body: bytes) -> None:
        self._blocks.append(body)

    def on_message_complete(self) -> None:
        if self.status < 200:  # 100 Continue and its like: the real head follows
            self.status, self.headers = 0, []
            return
        self.whole = True
        self._reusable = bool(self._parser.should_keep_alive())


class Body(httpx2.AsyncByteStream):
    """The body as httpx knows it; closing it keeps the connection only when all was read."""

    def __init__(self, connection: UpstreamConnection, transport: "Transport") -> None:
        self._connection = connection
        self._transport = transport
        self._open = True

    async def __aiter__(self):  # type: ignore[no-untyped-def]  # the base's type is an iterator
        while data := await self._connection.read():
            yield data

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._transport.take_back(self._connection)


class Transport(httpx2.AsyncBaseTransport):
    """Connections to any number of origins; idle ones are kept for `IDLE_S`, at most `IDLE_MAX`."""

    def __init__(self, tls: SSLContext, connect_timeout_s: float) -> None:
        self._tls = tls
        self._connect_timeout_s = connect_timeout_s
        self._idle: list[UpstreamConnection] = []
        self._sweeping: asyncio.TimerHandle | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        sent = _head(request) + await request.aread()
        connection = self._idle_connection(request.url)
        if connection is not None:
            try:
                return await self._exchange(connection, sent)
            except httpx2.TransportError:
                # The server closed it while the request was on its way, as it may close an idle
                # one at any time: https://www.rfc-editor.org/rfc/rfc9112#section-9.3.1
                if connection.answering:
                    raise
        return await self._exchange(await self._connect(request.url), sent)

    async def _exchange(self, connection: UpstreamConnection, sent: bytes) -> httpx2.Response:
        with ExitStack() as undo:
            undo.callback(connection.cut)
            connection.begin(sent)
            await connection.head()
            undo.pop_all()
        return httpx2.Response(
            connection.status,
            headers=connection.headers,
            stream=Body(connection, self),
            extensions={"http_version": b"HTTP/1.1", READS: connection},
        )

    def take_back(self, connection: UpstreamConnection) -> None:
        if not connection.reusable or len(self._idle) >= IDLE_MAX:
            connection.cut()
            return
        loop = asyncio.get_running_loop()
        connection.idle_since = loop.time()
        self._idle.append(connection)
        if self._sweeping is None:
            self._sweeping = loop.call_later(IDLE_S, self._sweep)

    async def aclose(self) -> None:
        if self._sweeping:
            self._sweeping.cancel()
            self._sweeping = None
        idle, self._idle = self._idle, []
        for connection in idle:
            connection.cut()

    def _idle_connection(self, url: httpx2.URL) -> UpstreamConnection | None:
        """One that has been used and may be used again."""
        address = _address(url)
        loop = asyncio.get_running_loop()
        for at in range(len(self._idle) - 1, -1, -1):
            if self._idle[at].address == address:
                connection = self._idle.pop(at)
                if not connection.lost and loop.time() - connection.idle_since < IDLE_S:
                    return connection
                connection.cut()
        return None

    async def _connect(self, url: httpx2.URL) -> UpstreamConnection:
        address = _address(url)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                _, connection = await loop.create_connection(
                    lambda: UpstreamConnection(address),
                    url.host,
                    address[2],
                    ssl=self._tls if url.scheme == "https" else None,
                )
        except TimeoutError:
            raise httpx2.ConnectTimeout(f"no connection to {url.host} in time") from None
        except OSError as error:
            raise httpx2.ConnectError(str(error)) from error
        return connection

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeping = None
        headers_left = []
        for connection in self._idle:
            if connection.lost or loop.time() - connection.idle_since >= IDLE_S:
                with suppress(OSError):
                    connection.cut()
            else:
                headers_left.append(connection)
        self._idle = headers_left
        if headers_left:
            self._sweeping = loop.call_later(IDLE_S, self._sweep)


def _address(url: httpx2.URL) -> Address:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)


def _head(request: httpx2.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method.encode(), request.url.raw_path)]
    lines += [b"%s: %s" % pair for pair in request.headers.raw]
    if any(b"\r" in line or b"\n" in line for line in lines):
        raise httpx2.LocalProtocolError("a header holds a line break")
    return b"\r\n".join(lines) + b"\r\n\r\n"
