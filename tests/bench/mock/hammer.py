"""Asks again as soon as an answer has ended, on a fixed number of connections: how many streams a
second a server can serve. Reads and counts bytes, and does nothing else."""

import os
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass

from mock_openai.certify.listener import ends

_READ = 262_144


@dataclass(frozen=True, slots=True)
class Served:
    streams: int
    seconds: float
    octets: int

    @property
    def per_s(self) -> float:
        return self.streams / self.seconds


def hammer(
    address: tuple[str, int],
    requests: Iterator[bytes],
    connections: int,
    *,
    seconds: float = 3600.0,
    streams: int = 10**9,
) -> Served:
    """Until `seconds` have passed or `streams` were answered; what is open then is not counted."""
    sockets = {}
    poll = select.epoll()
    for _ in range(connections):
        sock = socket.create_connection(address, timeout=10)
        sockets[sock.fileno()] = sock
        poll.register(sock.fileno(), select.EPOLLIN)
    begun_s = time.monotonic()
    done = octets = 0
    try:
        for sock in sockets.values():
            sock.sendall(next(requests))
        while done < streams and time.monotonic() - begun_s < seconds:
            for fd, _ in poll.poll(1.0):
                data = os.read(fd, _READ)
                if not data:
                    raise RuntimeError("the server closed a connection")
                octets += len(data)
                if ends(data):
                    done += 1
                    sockets[fd].sendall(next(requests))
        return Served(done, time.monotonic() - begun_s, octets)
    finally:
        poll.close()
        for sock in sockets.values():
            sock.close()
