"""HttpLine: HTTP requests whose answers are read as the socket gives them, each read stamped.

Knows nothing of events. Stands on httpcore2, whose network streams can be looked into.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from email.utils import parsedate_to_datetime
from typing import Any

import httpcore2
import orjson

from app.client.failures import Refused, Unreachable
from app.contract.contract import pick

_REFUSAL_BYTES = 65_536
"""More of a refusal is not read."""


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
        return replace(self, headers={**self.headers, **named})


@dataclass(frozen=True, slots=True)
class Block:
    """Bytes of an answer's body, when the socket read returned that held the last of them, and
    the number of that read on its connection."""

    data: bytes
    at_ns: int
    read: int


class HttpAnswer:
    """An answer whose head has come. `blocks` raises `ConnectionError` or `TimeoutError`."""

    def __init__(self, response: httpcore2.Response, whole_s: float | None = None) -> None:
        self._whole_s = whole_s
        self.status = response.status
        self.headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in response.headers
        }
        self._response = response
        self._stream: _StampedStream = response.extensions["network_stream"]

    @property
    def content_type(self) -> str:
        """As it came; empty where it is missing."""
        return self.headers.get("content-type", "")

    async def blocks(self) -> AsyncGenerator[Block, None]:
        """The body, read by read. Raises `ConnectionError` or `TimeoutError`."""
        try:
            async for data in self._response.aiter_stream():
                yield Block(data, self._stream.at_ns, self._stream.reads)
        except httpcore2.TimeoutException as error:
            raise TimeoutError(_words(error)) from error
        except (httpcore2.NetworkError, httpcore2.ProtocolError) as error:
            raise ConnectionError(_words(error)) from error

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

    async def refusal(self) -> Refused:
        """This answer, whose status is an error, as that error."""
        try:
            body = await self.content()
        except (ConnectionError, TimeoutError):
            body = b""
        try:
            told = orjson.loads(body)
        except orjson.JSONDecodeError:
            told = None
        code, message = pick(told, "error.code"), pick(told, "error.message")
        return Refused(
            self.status,
            code if isinstance(code, str) else f"HTTP_{self.status}",
            message if isinstance(message, str) else _beginning(body),
            retry_after_s(self.headers.get("retry-after", ""), time.time()),
        )


class HttpLine:
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
        headers = {"Accept-Encoding": "identity", "User-Agent": "tokentape", **call.headers}
        place = f"{call.method} {call.url}"
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
            raise Unreachable(f"{place}: no answer in time (its head never ends)") from error
        except httpcore2.TimeoutException as error:
            raise Unreachable(f"{place}: no answer in time ({_words(error)})") from error
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
    except (ValueError, TypeError):
        return None


def _words(error: BaseException) -> str:
    return str(error) or str(error.__cause__ or "") or type(error).__name__


def _beginning(body: bytes) -> str:
    text = " ".join(body[:400].decode("utf-8", "replace").split())
    return text if len(text) <= 120 else f"{text[:117]}…"


class _StampedStream(httpcore2.AsyncNetworkStream):
    """A connection that remembers when its latest read returned, and how many there were."""

    def __init__(self, stream: httpcore2.AsyncNetworkStream) -> None:
        self.at_ns = 0
        self.reads = 0
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = await self._stream.read(max_bytes, timeout)
        self.at_ns = time.monotonic_ns()
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
