"""A lean listener: many streams on raw sockets, one epoll, and nothing done to what comes but
to stamp it. What it heard is compared with the schedule afterwards."""

import gc
import os
import select
import socket
import time
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

LAST_CHUNK = b"0\r\n\r\n"
_READ = 16_384  # bytes at once; a reader that falls behind gets the rest the next time round
_PROGRESS_S = 0.25  # how often progress is told, and the end looked for


@dataclass(slots=True)
class StreamReads:
    """One stream: when its request was sent, and after each read: the time, all bytes so far."""

    first: bytes = b""
    sent_ns: int = 0
    times_ns: "array[int]" = field(default_factory=lambda: array("q"))
    totals: "array[int]" = field(default_factory=lambda: array("q"))
    ended: bool = False


def listen(
    address: tuple[str, int],
    requests: Sequence[tuple[int, bytes]],
    most_s: float,
    progress: Callable[[int], None] | None = None,
) -> list[StreamReads]:
    """Sends each request at its offset (ns, ascending) on a connection of its own; returns when
    all have ended, or after `most_s`. `progress` is told how many have ended."""
    sockets = [_connected(address) for _ in requests]
    reads = [StreamReads() for _ in requests]
    by_fd = {sock.fileno(): one for sock, one in zip(sockets, reads, strict=True)}
    poll = select.epoll()
    for fd in by_fd:
        poll.register(fd, select.EPOLLIN)
    collecting = gc.isenabled()
    gc.collect()
    gc.disable()  # a collection here would look like lateness there
    try:
        _run(poll, by_fd, sockets, reads, requests, most_s, progress)
    finally:
        if collecting:
            gc.enable()
        poll.close()
        for sock in sockets:
            sock.close()
    return reads


def _run(
    poll: select.epoll,
    by_fd: dict[int, StreamReads],
    sockets: Sequence[socket.socket],
    reads: Sequence[StreamReads],
    requests: Sequence[tuple[int, bytes]],
    most_s: float,
    progress: Callable[[int], None] | None,
) -> None:
    clock_ns = time.monotonic_ns
    read = os.read
    start_ns = clock_ns()
    end_ns = start_ns + int(most_s * 1e9)
    reported_ns = start_ns
    sent = 0
    left = len(requests)
    while left:
        now_ns = clock_ns()
        while sent < len(requests) and start_ns + requests[sent][0] <= now_ns:
            reads[sent].sent_ns = clock_ns()
            sockets[sent].sendall(requests[sent][1])
            sent += 1
        wait_s = _PROGRESS_S
        if sent < len(requests):
            wait_s = min(wait_s, (start_ns + requests[sent][0] - now_ns) / 1e9)
        for fd, _ in poll.poll(max(0.0, wait_s)):
            one = by_fd[fd]
            try:
                data = read(fd, _READ)
            except BlockingIOError:
                continue
            except ConnectionError:
                data = b""
            one.times_ns.append(clock_ns())
            totals = one.totals
            if totals:
                totals.append(totals[-1] + len(data))
            else:
                totals.append(len(data))
                one.first = data
            if not data or ends(data):
                one.ended = bool(data)
                poll.unregister(fd)
                left -= 1
        if now_ns - reported_ns > _PROGRESS_S * 1e9:
            reported_ns = now_ns
            if progress is not None:
                progress(len(requests) - left)
            if now_ns > end_ns:
                return


def ends(data: bytes) -> bool:
    """Whether a read is the last of a chunked body. (A header's value may end with 0, too.)"""
    return data[-7:] == b"\r\n0\r\n\r\n" or data == LAST_CHUNK


def _connected(address: tuple[str, int]) -> socket.socket:
    sock = socket.create_connection(address, timeout=10)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setblocking(False)
    return sock
