"""Records what pydantic-ai's adapters write, into the `.jsonl` files beside this one.

It needs an environment of its own, with `pydantic-ai-slim[ag-ui]`, and none of ours:

    python -m venv /tmp/recorder && /tmp/recorder/bin/pip install 'pydantic-ai-slim[ag-ui]'
    /tmp/recorder/bin/python tests/integration/app/contract/recorded/record_pydantic_ai.py

The models are its own TestModel and FunctionModel: nothing is asked over a network. Each file has a
line that says how it was made, and then a line for each answer: its name, how it ends, its request
and its body.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pydantic_ai  # type: ignore[import-not-found]  # in an environment of its own
from pydantic_ai import Agent
from pydantic_ai.models.function import (  # type: ignore[import-not-found]  # as above
    DeltaThinkingPart,
    DeltaToolCall,
    FunctionModel,
)
from pydantic_ai.models.test import TestModel  # type: ignore[import-not-found]  # as above
from pydantic_ai.ui.ag_ui import AGUIAdapter  # type: ignore[import-not-found]  # as above
from pydantic_ai.ui.vercel_ai import VercelAIAdapter  # type: ignore[import-not-found]  # as above

FOLDER = Path(__file__).parent
AG_UI = {
    "threadId": "t1",
    "runId": "r1",
    "state": {},
    "messages": [{"id": "u", "role": "user", "content": "hi"}],
    "tools": [],
    "context": [],
    "forwardedProps": {},
}
UI = {
    "id": "c1",
    "trigger": "submit-message",
    "messages": [{"id": "u", "role": "user", "parts": [{"type": "text", "text": "hi"}]}],
}


async def thinks(_messages: Any, _info: Any) -> AsyncIterator[Any]:
    yield {0: DeltaThinkingPart(content="hm")}
    yield {0: DeltaThinkingPart(content=" so", signature="s")}
    yield "Hel"
    yield "lo"


async def calls(messages: Any, _info: Any) -> AsyncIterator[Any]:
    if len(messages) > 1:
        yield "Here it is."
        return
    yield "I look. "
    yield {1: DeltaToolCall(name="look", json_args='{"whe', tool_call_id="c1")}
    yield {1: DeltaToolCall(json_args='re": "x"}')}
    yield {2: DeltaToolCall(name="look", json_args='{"where": "y"}', tool_call_id="c2")}


async def retries(messages: Any, _info: Any) -> AsyncIterator[Any]:
    if len(messages) > 1:
        yield "Then not."
        return
    yield {0: DeltaToolCall(name="look", json_args='{"wrong": 1}', tool_call_id="c1")}


async def breaks(_messages: Any, _info: Any) -> AsyncIterator[Any]:
    yield "Hel"
    raise RuntimeError("the model broke")


async def empty(_messages: Any, _info: Any) -> AsyncIterator[Any]:
    yield ""
    yield "a"


MODELS: dict[str, Any] = {
    "text": TestModel(call_tools=[], custom_output_text="Hello world"),
    "calls of TestModel": TestModel(),
    "thinking": FunctionModel(stream_function=thinks),
    "two calls in pieces": FunctionModel(stream_function=calls),
    "a call that is refused": FunctionModel(stream_function=retries),
    "a failure amid the text": FunctionModel(stream_function=breaks),
    "an empty piece": FunctionModel(stream_function=empty),
}


def look(where: str) -> dict[str, str]:
    """Looks somewhere."""
    return {"found": where}


def agent_of(model: Any) -> Any:
    agent = Agent(model)
    agent.tool_plain(look)
    return agent


async def body_of(adapter_type: Any, model: Any, request: Any, **more: Any) -> str:
    run_input = adapter_type.build_run_input(json.dumps(request).encode())
    adapter = adapter_type(agent_of(model), run_input, **more)
    pieces = []
    try:
        async for piece in adapter.encode_stream(adapter.run_stream()):
            pieces.append(piece)  # noqa: PERF401 - what came before a failure counts
    except RuntimeError as error:
        print("it raises:", error)  # noqa: T201  # this is a command line
    return "".join(pieces)


async def record(name: str, adapter_type: Any, request: Any, **more: Any) -> None:
    made = f"pydantic-ai {pydantic_ai.__version__}, {adapter_type.__name__} {more or ''}".strip()
    lines = [{"made": f"{made}; by record_pydantic_ai.py"}]
    for title, model in MODELS.items():
        body = await body_of(adapter_type, model, request, **more)
        ends = "failed" if "failure" in title else "completed"
        lines.append({"title": title, "ends": ends, "request": request, "body": body})
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (FOLDER / f"{name}.jsonl").write_text(text)


async def main() -> None:
    await record("pydantic-ai-ag-ui", AGUIAdapter, AG_UI)
    await record("pydantic-ai-ai-sdk-ui", VercelAIAdapter, UI, sdk_version=7)


if __name__ == "__main__":
    asyncio.run(main())
