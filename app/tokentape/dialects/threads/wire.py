"""A run as `threads` sends it: frames of `{type, data, timestamp}`. Pure."""

from io import StringIO
from typing import Any

from tokentape.dialects.failure_details import retry_after
from tokentape.runs.events import (
    Broken,
    Completed,
    Entry,
    Event,
    Failed,
    Finished,
    Opened,
    StepMoved,
    Stopped,
    Terminal,
    Text,
    UserMessageStored,
    WorkflowEnded,
)
from tokentape.runs.tape import Label
from tokentape.store.conversations import Begun, Message
from tokentape.store.threads import Thread
from tokentape.timestamps import Moments, rfc3339
from tokentape.viewers.rendering import Fold, WireEvent


def opening(begun: Begun) -> tuple[Event, ...]:
    """What stands before the first text, in a thread without a workflow."""
    saved = UserMessageStored(begun.user_message_id, begun.content, rfc3339(begun.at))
    return Opened(), saved


def closing(terminal: Terminal, sources: tuple[str, ...] = ()) -> tuple[Event, ...]:
    """What stands between the last text and `done`."""
    match terminal:
        case Completed(_, finish_reason):
            return (Finished(finish_reason, sources=sources),)
        case Stopped():
            return (Finished("stop", stopped=True, sources=sources),)
        case Failed(_, code, message, retry_after_s):
            return (Broken(code, message, retry_after_s),)


def sse(label: Label) -> Fold:
    """Frames without the event's name: the type stands in the data."""
    moment, text = Moments(label.started_s), StringIO()

    def fold(entry: Entry) -> WireEvent:
        seq, at_ns, event = entry
        if isinstance(event, Text):
            text.write(event.content)
        kind, data = spoken(event, label, text)
        payload = {"type": kind, "data": data, "timestamp": moment(at_ns)}
        return WireEvent(None, payload | {"runId": label.run_id, "seq": seq})

    return fold


def spoken(event: Event, label: Label, text: StringIO) -> tuple[str, dict[str, Any]]:
    """An event's type and data; `text` is the answer so far."""
    match event:
        case Text(content):
            return "ai_response", {"content": content, "isComplete": False}
        case Opened():
            return "connected", {"threadId": label.conversation_id}
        case UserMessageStored(message_id, content, created_at):
            return "message_saved", {
                "message": {
                    "id": message_id,
                    "role": "user",
                    "content": content,
                    "status": "complete",
                    "createdAt": created_at,
                }
            }
        case StepMoved(workflow, step, status):
            return "workflow_status", {"workflow": workflow, "step": step, "status": status}
        case Finished(finish_reason, stopped, sources):
            return "ai_response", {
                "content": "",
                "isComplete": True,
                "accumulated": text.getvalue(),
                "finishReason": finish_reason,
                "messageId": label.message_id,
                **({"stopped": True} if stopped else {}),
                **({"sources": [source(one) for one in sources]} if sources else {}),
            }
        case WorkflowEnded(workflow, message):
            return "workflow_complete", {"workflow": workflow, "message": message}
        case Broken(code, message):
            return "error", {"error": message, "code": code, **retry_after(event)}
        case Completed(_, finish_reason):
            return "done", {"success": True, "finishReason": finish_reason}
        case Stopped():
            return "done", {"success": True, "stopped": True}
        case Failed(_, code):
            return "done", {"success": False, "code": code}
    raise TypeError(f"threads does not send {type(event).__name__}")


def source(written: str) -> dict[str, Any]:
    """Which passage of which document: never what it says."""
    document_id, _, place = written.rpartition("#")
    return {"documentId": document_id, "passage": int(place)}


def thread_of(thread: Thread) -> dict[str, Any]:
    """A thread as it is told; with a workflow, where that is."""
    payload: dict[str, Any] = {
        "id": thread.id,
        "title": thread.title,
        "workflow": thread.workflow,
        "createdAt": rfc3339(thread.created_at),
    }
    if thread.workflow:
        state = "created" if thread.step is None else "entered"
        payload["state"] = {
            "step": thread.step,
            "status": "completed" if thread.ended else state,
            "collected": dict(thread.collected),
        }
    return payload


def message_of(message: Message) -> dict[str, Any]:
    """A stored message as it is told."""
    return {
        "id": message.id,
        "role": message.role,
        "content": message.content,
        "status": message.status,
        "createdAt": rfc3339(message.created_at),
        **({"runId": message.run_id} if message.run_id else {}),
    }
