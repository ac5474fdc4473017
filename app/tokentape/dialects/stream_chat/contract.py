"""What `stream-chat` promises on Socket.IO, and over the SSE of a session."""

from tokentape.contract.contract import Contract, Emit, Kind, RequestTemplate

_KINDS = (
    Kind(name="stream-start", event="stream-start"),
    Kind(name="stream-chunk", event="stream-chunk", text="content", accumulated="fullResponse"),
    Kind(
        name="stream-complete",
        event="stream-complete",
        accumulated="fullResponse",
        end="completed",
    ),
    Kind(name="stream-stopped", event="stream-stopped", accumulated="fullResponse", end="stopped"),
    Kind(name="stream-error", event="stream-error", end="failed", code="code"),
)
_ENDS = {"stream-complete": "closed", "stream-stopped": "closed", "stream-error": "closed"}
_ORDER = {
    # A refusal is a lone `stream-error`.
    "opened": {"stream-start": "answering", "stream-error": "closed"},
    "answering": {"stream-chunk": "answering", **_ENDS},
    "closed": {},
}
_MESSAGES = [{"role": "user", "content": "$message"}]
_PATH = "/openai/chatCompletion/stream"

SOCKETIO = Contract(
    dialect="stream-chat",
    transport="socketio",
    auth={"token": "$token"},
    start=Emit(event="stream-chat", payload={"messages": _MESSAGES, "model": "$model"}),
    resume=Emit(event="resume", payload={"runId": "$run", "lastSeq": "$seq"}),
    stop=Emit(event="stop-stream", payload={"runId": "$run"}),
    kinds=_KINDS,
    order=_ORDER,
    ignored=("connected", "participant-joined", "participant-left"),
)

SSE = Contract(
    dialect="stream-chat",
    transport="sse",
    before=(
        RequestTemplate(
            method="POST",
            path=f"{_PATH}/start",
            body={"messages": _MESSAGES, "model": "$model"},
            take={"session": "sessionId"},
        ),
    ),
    start=RequestTemplate(method="GET", path=f"{_PATH}/$session"),
    resume=RequestTemplate(
        method="GET", path=f"{_PATH}/$run", headers={"Last-Event-ID": "$run:$seq"}
    ),
    stop=RequestTemplate(method="DELETE", path=f"{_PATH}/$run"),
    kinds=_KINDS,
    order=_ORDER,
)
