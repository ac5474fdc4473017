"""Socket.IO as one would write it first: `emit` for each chunk. For comparison.

With an upstream it relays the client's typed stream; without, it says the same from memory, which
is the least that python-socketio's own `emit` can cost.
"""

import re
import sys
from collections.abc import AsyncIterator
from typing import Any

import socketio
import uvicorn
from openai import AsyncOpenAI

from tokentape.server.run import listen, url_of

server = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
upstream = sys.argv[1] if len(sys.argv) > 1 else None
client = AsyncOpenAI(api_key="none", base_url=f"{upstream}/v1")


async def relayed(message: str) -> AsyncIterator[str]:
    messages: Any = [{"role": "user", "content": message}]
    answer = await client.chat.completions.create(model="gpt-4", messages=messages, stream=True)
    async for chunk in answer:
        if text := chunk.choices[0].delta.content:
            yield text


async def remembered(message: str) -> AsyncIterator[str]:
    found = re.search(r"chunks=(\d+)", message)
    for number in range(int(found[1]) if found else 0):
        yield f"{number} "


async def start(sid: str, payload: dict[str, Any]) -> None:
    said = relayed if upstream else remembered
    async for text in said(payload["message"]):
        await server.emit(
            "chat:message", {"content": text, "isComplete": False}, sid, namespace="/ai"
        )
    await server.emit("chat:end", {"finishReason": "stop"}, sid, namespace="/ai")


if __name__ == "__main__":
    server.on("chat:start", start, namespace="/ai")
    listening = listen("127.0.0.1", 0)
    print(f"sockets ready at {url_of(listening)}", flush=True)  # noqa: T201  # the ready line
    config = uvicorn.Config(
        socketio.ASGIApp(server),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",
        ws_per_message_deflate=False,
        log_config=None,
    )
    uvicorn.Server(config).run([listening])
