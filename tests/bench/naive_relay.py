"""What one would write first: the client's typed stream, dumped chunk by chunk. For comparison."""

import json
import sys
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI

from tokentape.server.run import listen, url_of

api = FastAPI()
client = AsyncOpenAI(api_key="none", base_url=f"{sys.argv[-1]}/v1")


@api.post("/stream")
async def stream(body: dict[str, Any]) -> StreamingResponse:
    async def frames() -> AsyncIterator[str]:
        answer = await client.chat.completions.create(
            model="gpt-4", messages=body["messages"], stream=True
        )
        async for chunk in answer:
            yield f"data: {json.dumps(chunk.model_dump())}\n\n"
        yield "data: [DONE]\n\n"

    return StreamingResponse(frames(), media_type="text/event-stream")


if __name__ == "__main__":
    listening = listen("127.0.0.1", 0)
    print(f"naive relay ready at {url_of(listening)}", flush=True)  # noqa: T201  # the ready line
    config = uvicorn.Config(api, loop="uvloop", http="httptools", log_config=None)
    uvicorn.Server(config).run([listening])
