"""A run as `ai-gateway` sends it: `chat:*` events. Pure."""

from typing import Any

from tokentape.dialects.failure_details import retry_after
from tokentape.errors import Refused
from tokentape.runs.events import (
    Completed,
    ConversationCreated,
    Entry,
    Event,
    Failed,
    Stopped,
    Text,
    UserMessageStored,
)
from tokentape.runs.tape import Label
from tokentape.store.conversations import Begun
from tokentape.viewers.rendering import Fold, WireEvent


def opening(begun: Begun) -> tuple[Event, ...]:
    """What stands before the first text: the conversation only when it was created now."""
    stored = UserMessageStored(begun.user_message_id, begun.content)
    if begun.created:
        return ConversationCreated(begun.conversation.id), stored
    return (stored,)


def socketio(label: Label) -> Fold:
    """Events, with what the opening has stored before the first text."""
    run_id, conversation_id = label.run_id, label.conversation_id

    def fold(entry: Entry) -> WireEvent:
        seq, _, event = entry
        payload: dict[str, Any]
        match event:
            case Text(content):
                name, payload = "chat:message", {"content": content, "isComplete": False}
            case ConversationCreated(created):
                name, payload = "chat:conversation", {"conversationId": created}
            case UserMessageStored(message_id, content):
                name = "chat:user-message"
                payload = {"messageId": message_id, "content": content}
            case Completed(message_id, finish_reason, total_tokens, model):
                name = "chat:end"
                payload = {
                    "messageId": message_id,
                    "conversationId": conversation_id,
                    "totalTokens": total_tokens,
                    "model": model,
                    "finishReason": finish_reason,
                }
            case Stopped(message_id):
                name = "chat:stopped"
                payload = {"conversationId": conversation_id, "messageId": message_id}
            case Failed(_, code, message):
                name = "chat:error"
                payload = {"message": message, "code": code, **retry_after(event)}
            case _:
                raise TypeError(f"ai-gateway does not send {type(event).__name__}")
        payload |= {"runId": run_id, "seq": seq}
        return WireEvent(name, payload)

    return fold


def complaint(fault: Refused, _payload: object) -> tuple[str, dict[str, Any]]:
    """The lone `chat:error` of what never became a run."""
    return "chat:error", {"message": fault.message, "code": fault.code}
