"""HttpLine: HTTP requests whose answers are read as the socket gives them, each read stamped.

Knows nothing of events. Stands on httpcore2, whose network streams can be looked into.
"""

import asyncio
import re
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore2
import orjson

from tokentape.client.answer_head import FIRST_BYTES, Glimpse
from tokentape.client.content_codings import decoder_of
from tokentape.client.failures import TurnRefused, Unreachable
from tokentape.client.loop_turns import turns
from tokentape.contract.contract import pick
from tokentape.contract.error_fields import error_words

_REFUSAL_BYTES = 65_536
"""More of a refusal is not read."""

REDIRECT, CLIENT_ERROR = 300, 400
"""The first status codes of their kind."""

NO_BODY = (204, 205)
"""Success, and nothing to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpCall:
    """One request; `url` is absolute."""

    method: str
    url: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    def with_headers(self, **headers: str) -> "HttpCall":
        """The same call with these headers too, `Content_Type` for `Content-Type`."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers=merged(self.headers, named))

    def with_defaults(self, **headers: str) -> "HttpCall":
        """The same call with those of these headers that it has not."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return replace(self, headers=merged(named, self.headers))

    def header(self, name: str) -> str | None:
        """A header's value, `None` where the call has none of this name."""
        small = name.lower()
        return next((value for one, value in self.headers.items() if one.lower() == small), None)


def merged(*headers: Mapping[str, str]) -> dict[str, str]:
    """Headers together; the later ones count, however their names are written."""
    found: dict[str, tuple[str, str]] = {}
    for each in headers:
        found.update({name.lower(): (name, value) for name, value in each.items()})
    return dict(found.values())


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes of an answer's body, when the socket read returned that held the last of them, the
    number of that read on its connection, and when that was surely still empty."""

    data: bytes
    at_ns: int
    read: int
    since_ns: int


class HttpAnswer:
    """An answer whose head has come. `blocks` raises `ConnectionError` or `TimeoutError`."""

    def __init__(self, response: httpcore2.Response, whole_s: float | None = None) -> None:
        self._whole_s = whole_s
        self.status = response.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        self.set_cookies = tuple(
            value.decode("latin-1")
            for name, value in response.headers
            if name.lower() == b"set-cookie"
        )
        """Each by itself: a mapping has room for one."""
        self._first = bytearray()
        self._more = False
        self._response = response
        self._stream: _StampedStream = response.extensions["network_stream"]

    @property
    def content_type(self) -> str:
        """As it came; empty where it is missing."""
        return self.headers.get("content-type", "")

    @property
    def content_encoding(self) -> str:
        """The coding of the body; empty where it has none."""
        coding = self.headers.get("content-encoding", "").strip().lower()
        return "" if coding == "identity" else coding

    @property
    def glimpse(self) -> Glimpse:
        """The head, and as much as was read of the body's beginning."""
        return Glimpse(self.status, tuple(self.headers.items()), bytes(self._first), self._more)

    async def blocks(self) -> AsyncGenerator[Block, None]:
        """The body, read by read, decompressed. Raises `ConnectionError` or `TimeoutError`."""
        decoder = decoder_of(self.content_encoding)
        try:
            async for came in self._response.aiter_stream():
                for data in decoder.feed(came):
                    if not self._more:
                        self._keep_first(data)
                    stream = self._stream
                    yield Block(data, stream.at_ns, stream.reads, stream.since_ns)
        except httpcore2.TimeoutException as error:
            raise TimeoutError(_words(error)) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise ConnectionError(_words(error)) from error

    def _keep_first(self, data: bytes) -> None:
        self._first += data[: FIRST_BYTES - len(self._first) + 1]
        if len(self._first) > FIRST_BYTES:
            del self._first[FIRST_BYTES:]
            self._more = True

    async def content(self) -> bytes:
        """The body, or as much of it as a refusal may be long.

        Raises as `blocks` does: a body that only trickles takes too long as well.
        """
        found = b""
        async with asyncio.timeout(self._whole_s), aclosing(self.blocks()) as blocks:
            async for block in blocks:
                found += block.data
                if len(found) > _REFUSAL_BYTES:
                    break
        return found

    async def refusal(self) -> TurnRefused:
        """This answer, whose status is an error, as that error."""
        try:
            body = await self.content()
        except (ConnectionError, TimeoutError):
            body = b""
        return refusal_of(self.status, self.headers, body)


def refusal_of(status: int, headers: Mapping[str, str], body: bytes) -> TurnRefused:
    """An answer without a stream as an error. `headers` have names in small letters; of `body` the
    beginning is enough."""
    try:
        told = orjson.loads(body)
    except orjson.JSONDecodeError:
        told = None
    code, message = pick(told, "error.code"), error_words(told)[1]
    if REDIRECT <= status < CLIENT_ERROR:
        message = f"it redirects to {without_query(headers.get('location', '')) or 'nowhere'}"
    elif status < CLIENT_ERROR:
        message = "an answer without a body: there is no stream"
    return TurnRefused(
        status,
        code if isinstance(code, str) and code else f"HTTP_{status}",
        _beginning(body) if message is None else message,
        retry_after_s(headers.get("retry-after", ""), time.time()),
    )


class HttpConnection:
    """Connections to servers, kept for the next request.

    `silence_s` is the longest time without a byte, and the longest that a head or a whole body may
    take; a stream's body may take as long as it likes.
    """

    def __init__(self, *, connect_s: float, silence_s: float | None) -> None:
        self._whole_s = silence_s
        self._head_s = None if silence_s is None else connect_s + silence_s
        self._limits = {"connect": connect_s, "write": connect_s, "read": silence_s}
        self._pool = httpcore2.AsyncConnectionPool(
            network_backend=_StampedNetwork(), max_connections=None, keepalive_expiry=4.0
        )

    async def close(self) -> None:
        """Close all connections, also those in use."""
        await self._pool.aclose()

    @asynccontextmanager
    async def asked(self, call: HttpCall) -> AsyncIterator[HttpAnswer]:
        """Send a request and wait for the head of its answer. Raises `Unreachable`."""
        call = call.with_defaults(Accept_Encoding="identity", User_Agent="tokentape")
        headers = call.headers
        # A query may hold a key, and these words get far.
        place = f"{call.method} {without_query(call.url)}"
        try:
            stream = self._pool.stream(
                call.method,
                call.url,
                headers=[(name.encode(), value.encode()) for name, value in headers.items()],
                content=call.body,
                extensions={"timeout": self._limits},
            )
            async with asyncio.timeout(self._head_s):
                response = await stream.__aenter__()
        except TimeoutError as error:
            told = f"{place}: no answer in time (its head never ends)"
            raise Unreachable(told, connected=True) from error
        except httpcore2.ConnectTimeout as error:
            raise Unreachable(f"{place}: no connection in time") from error
        except httpcore2.TimeoutException as error:
            told = f"{place}: no answer in time (the connection is open, and silent)"
            raise Unreachable(told, connected=True) from error
        except httpcore2.RemoteProtocolError as error:
            raise Unreachable(f"{place}: {_no_http(_words(error))}", connected=True) from error
        except (
            httpcore2.NetworkError,
            httpcore2.ProtocolError,
            httpcore2.UnsupportedProtocol,
            OSError,
        ) as error:
            raise Unreachable(f"{place}: {_words(error)}") from error
        try:
            yield HttpAnswer(response, self._whole_s)
        finally:
            await stream.__aexit__(None, None, None)


def retry_after_s(written: str, now_s: float) -> float | None:
    """The seconds that a `Retry-After` header asks for (RFC 9110, 10.2.3); `None` if it is none."""
    written = written.strip()
    if written.isascii() and written.isdigit():
        return float(written)
    try:
        return max(0.0, parsedate_to_datetime(written).timestamp() - now_s)
    except (ValueError, TypeError, OverflowError):
        return None


_USER = re.compile(r"^((?:[a-z][a-z0-9+.-]*:)?//)[^/#]*@", re.IGNORECASE)


def without_query(url: str) -> str:
    """An address for people: a query may hold a key, and before the host a password may stand."""
    path, asks, _ = url.partition("?")
    path = _USER.sub(r"\1", path)
    return f"{path}?…" if asks else path


def _no_http(words: str) -> str:
    """What was wrong with an answer, as far as the reader of HTTP can say."""
    if "without sending" in words:
        return "the server closed the connection without an answer"
    if words == _CONTROL:
        return "what answers is no HTTP but bytes, as TLS does: try https://"
    return f"what answers is no HTTP ({words[:200]})"


_CONTROL = "illegal request line"
"""What h11 says of a first byte that is no letter, with which a TLS alert begins."""


def _words(error: BaseException) -> str:
    """What happened, by the error or by what it came of; libraries often raise without a word."""
    one: BaseException | None = error
    while one is not None:
        if isinstance(one, ConnectionResetError):
            return "the connection was reset"
        if str(one):
            return str(one)
        one = one.__cause__ or one.__context__
    return type(error).__name__


_TITLE = re.compile(rb"<title[^>]*>(.{1,300}?)</title>", re.IGNORECASE | re.DOTALL)


def _beginning(body: bytes) -> str:
    """A body for people: of a page its title."""
    if title := _TITLE.search(body[:_REFUSAL_BYTES]):
        body = b"an HTML page, " + title[1].strip()
    text = " ".join(body[:400].decode("utf-8", "replace").split())
    return text if len(text) <= 120 else f"{text[:117]}…"


class _StampedStream(httpcore2.AsyncNetworkStream):
    """A connection that remembers when its latest read returned, and how many there were."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self.at_ns = 0
        self.since_ns = 0
        self.reads = 0
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        of_loop = turns()
        begun = of_loop.join()
        try:
            data = await self._stream.read(max_bytes, timeout)
            self.at_ns = time.monotonic_ns()
            # Nothing is read between two reads: only one that waited knows when there was nothing.
            self.since_ns = max(self.since_ns, of_loop.empty_ns(begun))
        finally:
            of_loop.leave()
        self.reads += 1
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._stream.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        return _StampedStream(await self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _StampedNetwork(httpcore2.AsyncNetworkBackend):
    def __init__(self) -> None:
        self._network = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        stream = await self._network.connect_tcp(host, port, timeout, local_address, socket_options)
        return _StampedStream(stream)

    async def sleep(self, seconds: float) -> None:
        await self._network.sleep(seconds)
