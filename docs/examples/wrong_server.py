"""A chat server as one might first write it. It streams, it looks fine in the browser, and it is
wrong in three ways, which `tokentape check` names. `mended_server.py` is the same, mended.
"""

import argparse
import asyncio
import json
import socket
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from openai import AsyncOpenAI
from pydantic import BaseModel

app = FastAPI()
runs: dict[str, list[dict[str, Any]]] = {}
tasks: set[asyncio.Task[None]] = set()


class Question(BaseModel):
    question: str


async def answer(run: str, question: str) -> None:
    """Ask the model, and keep its answer as events."""
    events = runs[run]
    messages: Any = [{"role": "user", "content": question}]
    stream = await app.state.model.chat.completions.create(
        model="gpt-4o-mini", messages=messages, stream=True
    )
    pieces: list[str] = []
    async for chunk in stream:
        if chunk.choices[0].finish_reason:
            break
        pieces.append(chunk.choices[0].delta.content or "")
        if len(pieces) == 50:  # fewer and larger events are cheaper, are they not?
            events.append({"piece": "".join(pieces)})
            pieces = []
    events.append({"over": True})


async def frames(run: str, number: int) -> AsyncIterator[str]:
    """The events of a run as server-sent events, from this number on, as they come."""
    events = runs[run]
    while True:
        while number < len(events):
            told = {"run": run, "n": number, **events[number]}
            yield f"id: {run}:{number}\ndata: {json.dumps(told)}\n\n"
            if "over" in told:
                return
            number += 1
        await asyncio.sleep(0.005)


@app.post("/chat")
async def chat(asked: Question) -> StreamingResponse:
    run = uuid4().hex
    runs[run] = []
    task = asyncio.create_task(answer(run, asked.question))
    tasks.add(task)
    task.add_done_callback(tasks.discard)
    return StreamingResponse(frames(run, 0), media_type="text/event-stream")


@app.get("/chat/{run}")
async def again(run: str) -> StreamingResponse:
    """For a client that has lost its connection."""
    return StreamingResponse(frames(run, 0), media_type="text/event-stream")


def main() -> None:
    typed = argparse.ArgumentParser()
    typed.add_argument("--port", type=int, default=8000)
    typed.add_argument("--upstream", default="http://127.0.0.1:9100/v1")
    options = typed.parse_args()
    app.state.model = AsyncOpenAI(base_url=options.upstream, api_key="none")
    listening = socket.create_server(("127.0.0.1", options.port))
    print(f"chat server ready at http://127.0.0.1:{options.port}", flush=True)  # noqa: T201 # a command
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listening])


if __name__ == "__main__":
    main()
