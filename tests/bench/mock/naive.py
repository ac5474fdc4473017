"""What anybody would write: a bare ASGI coroutine on uvicorn that sleeps to absolute deadlines."""

import asyncio
import socket
import sys
import time
from typing import Any

import uvicorn

from tests.bench.mock.floor import FRAME

FRAMES, FIRST_S, GAP_S = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    await receive()
    start_s = time.monotonic()
    headers = [(b"content-type", b"text/event-stream"),
               (b"x-mock-started-ns", b"%d" % int(start_s * 1e9))]  # fmt: skip
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(FRAMES):
        await asyncio.sleep(start_s + FIRST_S + number * GAP_S - time.monotonic())
        await send({"type": "http.response.body", "body": FRAME, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


if __name__ == "__main__":
    sock = socket.create_server(("127.0.0.1", 0), backlog=4096)
    print(f"ready at http://127.0.0.1:{sock.getsockname()[1]}", flush=True)  # noqa: T201 - its ready line
    config = uvicorn.Config(app, lifespan="off", ws="none", access_log=False, log_level="warning")
    uvicorn.Server(config).run([sock])
