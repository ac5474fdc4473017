"""Viewers that begin to read a run and then take nothing more: `URL RUN COUNT`, in a process.

Half over SSE, half over Socket.IO. Prints one ready line when all have begun; ends when killed.
"""

import asyncio
import socket
import sys
from urllib.parse import urlsplit

from tests.bench.cut_viewers import PATH, Cut, SocketWatch, SseWatch, Told, Watch
from tests.bench.sse_client import get

RECEIVE_BUFFER = 4_096


async def stuck(url: str, run: str, count: int) -> list[asyncio.Transport]:
    """Their connections, open and no longer read."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    transports = []
    for number in range(count):
        opened = socket.socket()
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        opened.setblocking(False)
        await loop.sock_connect(opened, (parts.hostname or "", parts.port or 80))
        watch = Watch(Told(), Cut())
        one: SseWatch | SocketWatch
        if number % 2:
            one = SocketWatch("resume", {"runId": run, "lastSeq": -1}, watch)
        else:
            one = SseWatch(get(f"{PATH}/stream/{run}"), watch)
        await loop.create_connection(lambda one=one: one, sock=opened)  # type: ignore[misc]  # bound now
        await watch.begun.wait()
        one.transport.pause_reading()
        transports.append(one.transport)
    return transports


async def main() -> None:
    url, run, count = sys.argv[1:]
    held = await stuck(url, run, int(count))
    print(f"{len(held)} viewers ready at {url}", flush=True)  # noqa: T201  # the ready line
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
