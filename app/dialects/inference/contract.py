"""What `inference` promises over SSE: chunks of OpenAI's chat completions, closed by `[DONE]`."""

from app.contract.contract import Contract, Kind, Request

SSE = Contract(
    dialect="inference",
    transport="sse",
    start=Request(
        method="POST",
        path="/api/v1/inference/stream",
        body={
            "messages": [{"role": "user", "content": "$message"}],
            "model": "$model",
            "temperature": "$temperature",
            "max_tokens": "$max_tokens",
        },
    ),
    resume=Request(
        method="GET",
        path="/api/v1/inference/stream/$run",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=Request(method="DELETE", path="/api/v1/inference/stream/$run"),
    kinds=(
        Kind(name="error", has=("error",), end="failed", code="error.code"),
        Kind(name="done", where={"": "[DONE]"}, end="completed"),
        Kind(name="finish", has=("choices.0.finish_reason",), text="choices.0.delta.content"),
        Kind(name="role", has=("choices.0.delta.role",), text="choices.0.delta.content"),
        Kind(name="chunk", has=("choices.0.delta.content",), text="choices.0.delta.content"),
        Kind(name="usage", has=("usage",)),
    ),
    order={
        # An answer without any text is one chunk with the role and the finish reason.
        "opened": {"role": "answering", "finish": "finished", "error": "closed"},
        "answering": {"chunk": "answering", "finish": "finished", "error": "closed"},
        "finished": {"usage": "counted", "done": "closed"},
        "counted": {"done": "closed"},
        "closed": {},
    },
    run="id",
    steady=("model",),
)
