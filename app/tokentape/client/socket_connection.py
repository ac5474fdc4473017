"""SocketLine: one socket that a wire speaks on. Stamps at the read, before anything else runs."""

import asyncio
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import cast
from urllib.parse import urlsplit

from tokentape.client.loop_turns import turns
from tokentape.client.socket_events import Incoming, SocketClosed, SocketProtocol

_SECURE = ("https", "wss")
_CLOSE_S = 1.0
"""A peer that reads no more is not waited for."""

Take = Callable[[Incoming, int, int], None]
"""Told of each incoming: what, when the read returned (ns), and the read's number."""


class SocketConnection(asyncio.Protocol):
    """Made by `open`; what the wire understands goes to `take`, within the read."""

    def __init__(self, wire: SocketProtocol, take: Take) -> None:
        self.heard_ns = time.monotonic_ns()
        """When bytes last came."""
        self.since_ns = 0
        """When there was surely nothing to read, before bytes last came."""
        self._turns = turns()
        self._reading: int | None = None
        """Since so many ticks of the loop it has been read from; `None` while it is not."""
        self._wire = wire
        self._take = take
        self._transport: asyncio.Transport | None = None
        self._reads = 0
        self._ended = False
        self._gone = asyncio.get_running_loop().create_future()

    @classmethod
    async def open(cls, url: str, wire: SocketProtocol, take: Take) -> "SocketConnection":
        """Connect to the host of `url`. Raises `OSError`."""
        root = urlsplit(url)
        secure = root.scheme in _SECURE
        line = cls(wire, take)
        await asyncio.get_running_loop().create_connection(
            lambda: line,
            root.hostname or "",
            root.port or (443 if secure else 80),
            ssl=ssl.create_default_context() if secure else None,
        )
        return line

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast(asyncio.Transport, transport)
        self._reading = self._turns.join()
        self.flush()

    def data_received(self, data: bytes) -> None:
        self.heard_ns = time.monotonic_ns()
        if self._reading is not None:
            self.since_ns = max(self.since_ns, self._turns.empty_ns(self._reading))
        self._reads += 1
        for incoming in self._wire.receive(data):
            self._take(incoming, self.heard_ns, self._reads)
        self.flush()

    def eof_received(self) -> None:
        self._end(time.monotonic_ns())

    def connection_lost(self, error: Exception | None) -> None:
        self._turns.leave()
        at_ns = time.monotonic_ns()
        if error is not None:
            self._take(SocketClosed(str(error) or type(error).__name__), at_ns, self._reads)
        self._end(at_ns)
        if not self._gone.done():
            self._gone.set_result(None)

    def _end(self, at_ns: int) -> None:
        if self._ended:
            return
        self._ended = True
        for incoming in self._wire.receive(b""):
            self._take(incoming, at_ns, self._reads)

    def flush(self) -> None:
        """Write what the wire has to say."""
        outgoing = self._wire.outgoing()
        if outgoing and self._transport is not None and not self._transport.is_closing():
            self._transport.write(outgoing)

    def pause(self) -> None:
        """Stop reading: the kernel, and then the server, holds what comes."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()
            self._reading = None

    def resume(self) -> None:
        """Read on."""
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()
            self._reading = self._turns.count

    async def close(self, *, politely: bool = True) -> None:
        """Gone when this returns. Impolitely: without a word, as a lost connection."""
        self._take = _ignore
        if self._transport is None:
            return
        if politely and not self._transport.is_closing():
            self._wire.leave()
            self.flush()
            self._transport.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOSE_S):
                    await asyncio.shield(self._gone)
        self._transport.abort()
        await asyncio.shield(self._gone)


def _ignore(_incoming: Incoming, _at_ns: int, _read: int) -> None:
    """Of a line that is being closed, nothing is told."""
