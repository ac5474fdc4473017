"""The least a relay can cost: an ASGI app that copies the upstream's bytes unread. For comparison.

It checks nothing, stores nothing, and nobody can come back to it.
"""

import asyncio
import sys
from urllib.parse import urlsplit

import uvicorn
from starlette.types import Receive, Scope, Send

from tests.bench.sse_client import END, post
from tokentape.server.run import listen, url_of

UPSTREAM = urlsplit(sys.argv[-1])


async def relay(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] != "http":
        return
    asked = (await receive())["body"]
    reader, writer = await asyncio.open_connection(UPSTREAM.hostname, UPSTREAM.port)
    head = post("/v1/chat/completions", None).replace(b"4\r\n\r\nnull", b"%d\r\n\r\n" % len(asked))
    writer.write(head + asked)
    await reader.readuntil(b"\r\n\r\n")
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    data = b""
    while not data.endswith(END):
        data = await reader.read(65_536)
        await send({"type": "http.response.body", "body": data, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
    writer.close()


if __name__ == "__main__":
    listening = listen("127.0.0.1", 0)
    print(f"floor ready at {url_of(listening)}", flush=True)  # noqa: T201  # the ready line
    config = uvicorn.Config(
        relay, loop="uvloop", http="httptools", log_config=None, lifespan="off", access_log=False
    )
    uvicorn.Server(config).run([listening])
