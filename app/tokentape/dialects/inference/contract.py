"""What `inference` promises: over SSE chunks of OpenAI's chat completions, closed by `[DONE]`; over
Socket.IO and plain WebSockets an answer that is told to a room, or to the asker alone."""

from dataclasses import replace

from tokentape.contract.contract import Contract, Emit, Kind, RequestTemplate

SSE = Contract(
    dialect="inference",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/api/v1/inference/stream",
        body={
            "messages": [{"role": "user", "content": "$message"}],
            "model": "$model",
            "temperature": "$temperature",
            "max_tokens": "$max_tokens",
        },
    ),
    resume=RequestTemplate(
        method="GET",
        path="/api/v1/inference/stream/$run",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=RequestTemplate(method="DELETE", path="/api/v1/inference/stream/$run"),
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

_ENDS = {"message:new": "closed", "message:stopped": "closed", "error": "closed"}

SOCKETIO = Contract(
    dialect="inference",
    transport="socketio",
    namespace="/ws",
    auth={"token": "$token"},
    start=Emit(
        event="chat:ask",
        payload={
            "messages": [{"role": "user", "content": "$message"}],
            "model": "$model",
            "temperature": "$temperature",
            "max_tokens": "$max_tokens",
        },
    ),
    resume=Emit(event="resume", payload={"runId": "$run", "lastSeq": "$seq"}),
    stop=Emit(event="chat:stop", payload={"runId": "$run"}),
    kinds=(
        Kind(name="message:stream", event="message:stream", text="content"),
        Kind(
            name="message:stopped",
            event="message:new",
            where={"stopped": True},
            has=("runId",),
            accumulated="content",
            end="stopped",
        ),
        # What members say to each other has no run.
        Kind(
            name="message:new",
            event="message:new",
            has=("runId",),
            accumulated="content",
            end="completed",
        ),
        Kind(name="error", event="error", end="failed", code="code"),
    ),
    order={
        # A refusal is a lone `error`.
        "opened": {"message:stream": "opened", **_ENDS},
        "closed": {},
    },
    steady=("roomId",),
    ignored=("room:join", "room:leave", "presence:update", "typing:start", "typing:stop"),
)

WEBSOCKET = replace(SOCKETIO, transport="websocket")
