"""What `threads` promises over SSE: typed events, and after an error the closing `done`."""

from tokentape.contract.contract import Contract, Kind, RequestTemplate

SSE = Contract(
    dialect="threads",
    transport="sse",
    before=(
        RequestTemplate(
            method="POST",
            path="/chat/threads",
            body={"title": "Conversation"},
            take={"conversation": "thread.id"},
        ),
    ),
    start=RequestTemplate(
        method="POST",
        path="/chat/threads/$conversation/messages/stream",
        body={"content": "$message"},
    ),
    resume=RequestTemplate(
        method="GET",
        path="/chat/threads/$conversation/runs/$run/events",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=RequestTemplate(method="POST", path="/chat/threads/$conversation/runs/$run/stop"),
    kinds=(
        Kind(name="connected", where={"type": "connected"}, has=("data.threadId",)),
        Kind(name="message_saved", where={"type": "message_saved"}, has=("data.message",)),
        Kind(name="workflow_status", where={"type": "workflow_status"}, has=("data.status",)),
        Kind(
            name="ai_response_end",
            where={"type": "ai_response", "data.isComplete": True},
            text="data.content",
            accumulated="data.accumulated",
        ),
        Kind(
            name="ai_response",
            where={"type": "ai_response", "data.isComplete": False},
            text="data.content",
        ),
        Kind(name="workflow_complete", where={"type": "workflow_complete"}, has=("data.message",)),
        Kind(name="error", where={"type": "error"}, has=("data.code",)),
        Kind(
            name="stopped",
            where={"type": "done", "data.success": True, "data.stopped": True},
            end="stopped",
        ),
        Kind(name="done", where={"type": "done", "data.success": True}, end="completed"),
        Kind(
            name="failed",
            where={"type": "done", "data.success": False},
            end="failed",
            code="data.code",
        ),
    ),
    order={
        "opened": {"connected": "connected"},
        "connected": {"message_saved": "saved", "error": "failing"},
        "saved": {
            "workflow_status": "saved",
            "ai_response": "answering",
            "ai_response_end": "answered",
            "error": "failing",
        },
        "answering": {
            "ai_response": "answering",
            "ai_response_end": "answered",
            "error": "failing",
        },
        "answered": {
            "workflow_status": "answered",
            "workflow_complete": "finished",
            "done": "closed",
            "stopped": "closed",
            "error": "failing",
        },
        "finished": {"done": "closed", "error": "failing"},
        "failing": {"failed": "closed"},
        "closed": {},
    },
    conversation="data.threadId",
    steady=("data.threadId",),
    needs_token=True,
)
