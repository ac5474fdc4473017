"""Arrival: when the bytes that a socket brings came off the network, however late we read them.

Linux stamps each segment as it comes in (SO_TIMESTAMPNS, socket(7)), which no busy interpreter and
no other process can delay. Elsewhere, and through TLS, the time of our own read has to do.
"""

import struct
import sys
import time
from contextlib import suppress

import gevent
import gevent.socket

READ_BYTES = 65_536
"""More than a server writes at once: what one read brings is what the socket had."""

TRUSTED_NS = 1_000_000_000
"""A stamp is of the wall clock. One that says that the bytes lay about for longer, or come from the
future, tells of a clock that was set, and isn't believed."""

_AT_ONCE_NS, _TRIES = 50_000, 5
"""Two clocks that were read further apart are read again: the process was not running meanwhile."""

_SO_TIMESTAMPNS = 35  # Linux's asm-generic/socket.h; Python has no name for it
_TIMESPEC = struct.Struct("@ll")
_SPACE = gevent.socket.CMSG_SPACE(_TIMESPEC.size) if sys.platform == "linux" else 0


class ArrivalSocket(gevent.socket.socket):
    """A socket that knows when the last of what it gave out had come."""

    at_ns = 0
    """Of the latest `recv`; CLOCK_MONOTONIC."""

    def __init__(
        self, family: int = -1, type: int = -1, proto: int = -1, fileno: int | None = None
    ) -> None:
        super().__init__(family, type, proto, fileno)
        if _SPACE:
            with suppress(OSError):  # no TCP, or a kernel that does not stamp
                self.setsockopt(gevent.socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)

    def recv(self, size: int, flags: int = 0) -> bytes:
        received: bytes
        if not _SPACE:
            received = super().recv(size, flags)
            self.at_ns = time.monotonic_ns()
            return received
        received, told, _, _ = self.recvmsg(size, _SPACE, flags)
        now_ns, wall_ns = _clocks()
        at_ns = now_ns  # what tells nothing, as an end does, came now
        for _, kind, stamp in told:
            if kind == _SO_TIMESTAMPNS:
                at_ns = arrived_ns(stamp, wall_ns, now_ns)
        # The clocks are never compared to the nanosecond, and a segment may be read in pieces.
        self.at_ns = max(self.at_ns, at_ns)
        return received


def connected(host: str, port: int, timeout_s: float) -> ArrivalSocket:
    """A connection to the first of the host's addresses that takes one. Raises `OSError`."""
    plain = gevent.socket.create_connection((host, port), timeout=timeout_s)
    socket = ArrivalSocket(fileno=plain.detach())
    socket.settimeout(timeout_s)
    return socket


def arrival_ns(sock: gevent.socket.socket) -> int:
    """When what was received from it just now came (CLOCK_MONOTONIC, ns), as far as it knows."""
    return sock.at_ns if isinstance(sock, ArrivalSocket) else time.monotonic_ns()


def receive(sock: gevent.socket.socket) -> tuple[int, bytes]:
    """What the socket has, and when the last of it came (CLOCK_MONOTONIC, ns); no bytes at the end.

    All others whose sockets have something read it before the first does anything with what it got:
    else a chunk may lie until the next one has come too, and both be found in one read.
    """
    received: bytes = sock.recv(READ_BYTES)
    at_ns = arrival_ns(sock)
    gevent.sleep(0)
    return at_ns, received


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
