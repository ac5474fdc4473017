"""A run and a room as `stream-chat` sends them: `stream-*` and `participant-*` events. Pure,
but for the moment in complaints."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

from tokentape.dialects.failure_details import retry_after
from tokentape.dialects.inference.wire import usage_of
from tokentape.errors import Refused
from tokentape.rooms.events import MemberJoined, MemberLeft, RoomEvent
from tokentape.runs.events import Completed, Counted, Entry, Failed, Opened, Stopped, Text
from tokentape.runs.tape import Label
from tokentape.timestamps import Moments, rfc3339
from tokentape.viewers.rendering import Fold, WireEvent

FULL_MAX_CHARS = 100_000
"""Each chunk repeats the whole answer, which costs its square: after so much of it no more."""


def run(label: Label) -> Fold:
    """Events; each chunk repeats the answer so far unless the client wants it otherwise."""
    text, accumulates = StringIO(), True
    moment = Moments(label.started_s)

    def fold(entry: Entry) -> WireEvent:
        nonlocal accumulates
        seq, at_ns, event = entry
        payload: dict[str, Any]
        match event:
            case Text(content):
                text.write(content)
                name, payload = "stream-chunk", {"content": content, "isComplete": False}
                if accumulates and text.tell() <= FULL_MAX_CHARS:
                    payload["fullResponse"] = text.getvalue()
            case Opened(accumulates):
                name, payload = "stream-start", {"model": label.model}
            case Completed(_, finish_reason, total_tokens, _, prompt_tokens):
                name = "stream-complete"
                payload = {
                    "fullResponse": text.getvalue(),
                    "isComplete": True,
                    "finishReason": finish_reason,
                    "usage": usage_of(Counted(prompt_tokens, total_tokens)),
                }
            case Stopped():
                name, payload = "stream-stopped", {"fullResponse": text.getvalue()}
            case Failed(_, code, message):
                name = "stream-error"
                payload = {"error": message, "code": code, **retry_after(event)}
            case _:
                raise TypeError(f"stream-chat does not send {type(event).__name__}")
        payload |= {"timestamp": moment(at_ns), "runId": label.run_id, "seq": seq}
        return WireEvent(name, payload)

    return fold


def room(event: RoomEvent) -> tuple[str, dict[str, Any]] | None:
    """Who came and who went is all that this dialect tells."""
    match event:
        case MemberJoined(name, person, people):
            kind = "participant-joined"
        case MemberLeft(name, person, people):
            kind = "participant-left"
        case _:
            return None
    return kind, {
        "roomName": name,
        "participantName": person.name,
        "participants": [one.name for one in people],
    }


def connected(client_id: str) -> tuple[str, dict[str, Any]]:
    """The greeting of a connection."""
    return "connected", {
        "clientId": client_id,
        "message": "Connected to Tokentape",
        "timestamp": rfc3339(datetime.now(UTC)),
    }


def complaint(fault: Refused, _payload: object) -> tuple[str, dict[str, Any]]:
    """The lone `stream-error` of what never became a run."""
    return "stream-error", {
        "error": fault.message,
        "code": fault.code,
        "timestamp": rfc3339(datetime.now(UTC)),
    }
