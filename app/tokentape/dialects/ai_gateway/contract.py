"""What `ai-gateway` promises on its Socket.IO namespace."""

from tokentape.contract.contract import Contract, Emit, Kind

_ANSWER = {
    "chat:message": "answering",
    "chat:end": "closed",
    "chat:stopped": "closed",
    "chat:error": "closed",
}

SOCKETIO = Contract(
    dialect="ai-gateway",
    transport="socketio",
    namespace="/ai",
    auth={"token": "$token"},
    start=Emit(
        event="chat:start",
        payload={
            "userId": "$user",
            "message": "$message",
            "conversationId": "$conversation",
            "model": "$model",
            "maxTokens": "$max_tokens",
            "temperature": "$temperature",
        },
    ),
    resume=Emit(event="resume", payload={"runId": "$run", "lastSeq": "$seq"}),
    stop=Emit(event="chat:stop", payload={"conversationId": "$conversation"}),
    kinds=(
        Kind(name="chat:conversation", event="chat:conversation"),
        Kind(name="chat:user-message", event="chat:user-message"),
        Kind(name="chat:message", event="chat:message", text="content"),
        Kind(name="chat:end", event="chat:end", end="completed"),
        Kind(name="chat:stopped", event="chat:stopped", end="stopped"),
        Kind(name="chat:error", event="chat:error", end="failed", code="code"),
    ),
    order={
        # A refusal is a lone `chat:error`.
        "opened": {
            "chat:conversation": "created",
            "chat:user-message": "answering",
            "chat:error": "closed",
        },
        "created": {"chat:user-message": "answering"},
        "answering": _ANSWER,
        "closed": {},
    },
    conversation="conversationId",
    steady=("conversationId",),
    ignored=("message:edited", "message:deleted"),
)
