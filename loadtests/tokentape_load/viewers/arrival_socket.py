"""When the bytes that a socket brings came off the network, however late we read them.

Linux stamps each segment as it comes in (SO_TIMESTAMPNS, socket(7)), which no busy interpreter and
no other process can delay. Of segments that lie unread together it keeps the newest stamp alone. So
a read knows two times: after when its first byte came, since the socket was empty then, and when
its last one did. Elsewhere, and through TLS, the time of our own read has to do for the second.
"""

import select
import socket
import ssl
import struct
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple
from weakref import WeakKeyDictionary

import gevent
import gevent.socket

from tokentape_load.viewers.loop_turns import turns

READ_BYTES = 65_536
"""More than a server writes at once: what one read brings is what the socket had."""

TRUSTED_NS = 1_000_000_000
"""A stamp is of the wall clock. One that says that the bytes lay about for longer, or come from the
future, tells of a clock that was set, and isn't believed."""

_AT_ONCE_NS, _TRIES = 50_000, 5
"""Two clocks that were read further apart are read again: the process was not running meanwhile."""

_WIDE_NS = 20_000_000
"""Where a read's two times are as far apart, it is worth to ask how many segments it brought."""

_LAY_NS = 1_000_000
"""What surely lay unread, and has a stamp of its own."""

_SO_TIMESTAMPNS = 35  # Linux's asm-generic/socket.h; Python has no name for it
_TIMESPEC = struct.Struct("@ll")
_SPACE = gevent.socket.CMSG_SPACE(_TIMESPEC.size) if sys.platform == "linux" else 0
_SEGMENTS, _INFO_BYTES = struct.Struct("@I"), 156
"""`tcpi_data_segs_in` is the last field of so many bytes of TCP_INFO (linux/tcp.h, since 4.6)."""


class Arrival(NamedTuple):
    """What one read brought, after when its first byte came, and when its last one did."""

    since_ns: int
    at_ns: int
    data: bytes


class ArrivalSocket(gevent.socket.socket):
    """A socket that knows when what it gave out had come. Times are CLOCK_MONOTONIC."""

    _sock: socket.socket
    """Gevent's own, which does not wait …"""
    _wait: Callable[[object], None]
    _read_event: object
    """… and how to wait for it."""
    at_ns = 0
    """When the last byte of the latest `recv` came."""
    since_ns = 0
    """After when the first byte of the latest `recv` came."""
    _empty_ns = 0
    """When there was surely nothing to read."""
    _counted = 0
    """Segments that had come before the latest read."""

    def __init__(
        self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
    ) -> None:
        super().__init__(family, type, proto, fileno)
        self._turns = turns()
        self._empty_ns = time.monotonic_ns()
        if _SPACE:
            with suppress(OSError):  # no TCP, or a kernel that does not stamp
                self.setsockopt(gevent.socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def recv(self, size: int, flags: int = 0) -> bytes:
        """As every socket does it; `at_ns` and `since_ns` say when it came."""
        begun_ns = time.monotonic_ns()
        counted = self._segments()
        while True:
            try:
                received, told, _, _ = self._sock.recvmsg(size, _SPACE, flags)
                break
            except BlockingIOError:
                if self.timeout == 0.0:
                    raise
            self._empty_ns = begun_ns
            self._wait(self._read_event)
            self._empty_ns = max(begun_ns, self._turns.before_ns)
            begun_ns = time.monotonic_ns()
        now_ns, wall_ns = _clocks()
        at_ns = now_ns  # what tells nothing, as an end does, came now
        for _, kind, stamp in told:
            if kind == _SO_TIMESTAMPNS:
                at_ns = arrived_ns(stamp, wall_ns, now_ns)
        # The clocks are never compared to the nanosecond, and a segment may be read in pieces.
        self.at_ns = max(self.at_ns, at_ns)
        self.since_ns = min(self._empty_ns, self.at_ns)
        # A kernel that has only just begun to stamp stamps what is read when it is read.
        wide = self.at_ns - self.since_ns > _WIDE_NS and now_ns - self.at_ns > _LAY_NS
        if wide and self._segments() - self._counted == 1:
            self.since_ns = self.at_ns  # one segment, which came as a whole
        if len(received) < size and not flags & gevent.socket.MSG_PEEK:
            # It took all that there was: what comes next had not come when it began.
            self._empty_ns, self._counted = begun_ns, counted
        return bytes(received)

    def _segments(self) -> int:
        """How many segments with data have come; 0 where the system does not tell."""
        if not _SPACE:
            return 0
        with suppress(OSError, struct.error):
            info = self._sock.getsockopt(
                gevent.socket.IPPROTO_TCP, gevent.socket.TCP_INFO, _INFO_BYTES
            )
            return int(_SEGMENTS.unpack_from(info, _INFO_BYTES - _SEGMENTS.size)[0])
        return 0


def connected(host: str, port: int, timeout_s: float) -> ArrivalSocket:
    """A connection to the first of the host's addresses that takes one. Raises `OSError`."""
    plain = gevent.socket.create_connection((host, port), timeout=timeout_s)
    found = ArrivalSocket(fileno=plain.detach())
    found.settimeout(timeout_s)
    return found


def arrival(sock: gevent.socket.socket, data: bytes = b"") -> Arrival:
    """When what was received from it just now came, as far as it knows."""
    if isinstance(sock, ArrivalSocket):
        return Arrival(sock.since_ns, sock.at_ns, data)
    now_ns = time.monotonic_ns()
    return Arrival(min(now_ns, _EMPTY.get(sock, 0)), now_ns, data)


def receive(sock: gevent.socket.socket) -> Arrival:
    """What the socket has; no bytes at the end.

    All others whose sockets have something read it before the first does anything with what it got:
    else a chunk may lie until the next one has come too, and both be found in one read.
    """
    if not isinstance(sock, ArrivalSocket):
        _until_readable(sock)
    found = arrival(sock, sock.recv(READ_BYTES))
    gevent.sleep(0)
    return found


_EMPTY: WeakKeyDictionary[gevent.socket.socket, int] = WeakKeyDictionary()
"""When there was surely nothing to read, of sockets that speak TLS."""


def _until_readable(sock: gevent.socket.socket) -> None:
    """Wait for a TLS socket as `ArrivalSocket` does. Raises `TimeoutError`."""
    if (
        isinstance(sock, ssl.SSLSocket) and sock.pending()
    ):  # deciphered already: it came no later than what was read before
        return
    begun_ns, of_loop = time.monotonic_ns(), turns()
    waiting = select.poll()
    waiting.register(sock.fileno(), select.POLLIN)
    if not waiting.poll(0):
        _EMPTY[sock] = begun_ns
        gevent.socket.wait_read(sock.fileno(), sock.gettimeout(), TimeoutError("timed out"))
        _EMPTY[sock] = max(begun_ns, of_loop.before_ns)


def arrived_ns(stamp: bytes, wall_ns: int, now_ns: int) -> int:
    """A kernel's stamp, by the monotonic clock; `wall_ns` and `now_ns` are of the same moment."""
    seconds, ns = _TIMESPEC.unpack(stamp)
    lay_ns = wall_ns - (seconds * 1_000_000_000 + ns)
    return now_ns - lay_ns if 0 <= lay_ns <= TRUSTED_NS else now_ns


def _clocks() -> tuple[int, int]:
    """The monotonic clock and the wall clock, at one moment."""
    now_ns = wall_ns = 0
    for _ in range(_TRIES):
        now_ns, wall_ns = time.monotonic_ns(), time.time_ns()
        if time.monotonic_ns() - now_ns < _AT_ONCE_NS:
            break
    return now_ns, wall_ns
