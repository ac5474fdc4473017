"""A run as `ai-chat` sends it: data-only frames over SSE, `ai:*` events over Socket.IO. Pure."""

from io import StringIO
from typing import Any

from tokentape.dialects.failure_details import retry_after
from tokentape.errors import Refused
from tokentape.runs.events import Completed, Entry, Failed, Stopped, Text
from tokentape.runs.tape import Label
from tokentape.viewers.rendering import Fold, WireEvent

FAILED = "Failed to process message"


def sse(label: Label) -> Fold:
    """Frames without the event's name."""
    run_id, session_id = label.run_id, label.conversation_id

    def fold(entry: Entry) -> WireEvent:
        seq, _, event = entry
        payload: dict[str, Any]
        match event:
            case Text(content):
                payload = {"content": content}
            case Completed():
                payload = {"done": True}
            case Stopped():
                payload = {"done": True, "stopped": True}
            case Failed():
                payload = _failure(event)
            case _:
                raise TypeError(f"ai-chat does not send {type(event).__name__}")
        payload |= {"sessionId": session_id, "runId": run_id, "seq": seq}
        return WireEvent(None, payload)

    return fold


def socketio(label: Label) -> Fold:
    """Events; the end repeats the whole answer."""
    run_id, session_id = label.run_id, label.conversation_id
    text = StringIO()

    def fold(entry: Entry) -> WireEvent:
        seq, _, event = entry
        payload: dict[str, Any]
        match event:
            case Text(content):
                text.write(content)
                name, payload = "ai:stream", {"content": content}
            case Completed():
                name, payload = "ai:complete", {"response": text.getvalue()}
            case Stopped():
                name, payload = "ai:complete", {"response": text.getvalue(), "stopped": True}
            case Failed():
                name, payload = "ai:error", _failure(event)
            case _:
                raise TypeError(f"ai-chat does not send {type(event).__name__}")
        payload |= {"sessionId": session_id, "runId": run_id, "seq": seq}
        return WireEvent(name, payload)

    return fold


def _failure(failed: Failed) -> dict[str, Any]:
    """`error` is always the same in this protocol; `message` is what may be known of the cause."""
    payload = {"error": FAILED, "code": failed.code, "message": failed.message}
    return payload | retry_after(failed)


def complaint(fault: Refused, payload: object) -> tuple[str, dict[str, Any]]:
    """`ai:error` for what never became a run; its session is told when the caller named one."""
    error: dict[str, Any] = {"error": fault.message, "code": fault.code}
    session_id = payload.get("sessionId") if isinstance(payload, dict) else None
    if isinstance(session_id, str):
        error["sessionId"] = session_id
    return "ai:error", error
