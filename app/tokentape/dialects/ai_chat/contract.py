"""What `ai-chat` promises, over SSE and over Socket.IO."""

from tokentape.contract.contract import Contract, Emit, Kind, RequestTemplate

SSE = Contract(
    dialect="ai-chat",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/api/v2/ai/chat/stream",
        body={"message": "$message", "sessionId": "$conversation"},
    ),
    resume=RequestTemplate(
        method="GET",
        path="/api/v2/ai/chat/stream/$run",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=RequestTemplate(method="DELETE", path="/api/v2/ai/chat/stream/$run"),
    kinds=(
        Kind(name="error", has=("error",), end="failed", code="code"),
        Kind(name="stopped", where={"done": True, "stopped": True}, end="stopped"),
        Kind(name="done", where={"done": True}, end="completed"),
        Kind(name="chunk", has=("content",), text="content"),
    ),
    order={
        "opened": {"chunk": "opened", "done": "closed", "stopped": "closed", "error": "closed"},
        "closed": {},
    },
    conversation="sessionId",
    steady=("sessionId",),
)

SOCKETIO = Contract(
    dialect="ai-chat",
    transport="socketio",
    start=Emit(
        event="ai:chat",
        payload={"message": "$message", "sessionId": "$conversation", "token": "$token"},
    ),
    resume=Emit(
        # Identity comes with payloads here, and a client that came back is a new connection.
        event="resume",
        payload={"runId": "$run", "lastSeq": "$seq", "token": "$token"},
    ),
    stop=Emit(event="ai:stop", payload={"runId": "$run"}),
    kinds=(
        Kind(name="ai:stream", event="ai:stream", text="content"),
        Kind(
            name="ai:stopped",
            event="ai:complete",
            where={"stopped": True},
            accumulated="response",
            end="stopped",
        ),
        Kind(name="ai:complete", event="ai:complete", accumulated="response", end="completed"),
        Kind(name="ai:error", event="ai:error", end="failed", code="code"),
    ),
    order={
        "opened": {
            "ai:stream": "opened",
            "ai:complete": "closed",
            "ai:stopped": "closed",
            "ai:error": "closed",
        },
        "closed": {},
    },
    conversation="sessionId",
    steady=("sessionId",),
    ignored=("connected",),
)
