"""What callers of `stream-chat` may send. Pure."""

from typing import Any

from pydantic import Field

from tokentape.dialects.fields import Id, IdInPath, Payload, checked
from tokentape.dialects.messages import MESSAGES_MAX, Spoken, check_messages
from tokentape.settings import Settings


class Join(Payload):
    """`join-room`: which one, and by what name the others see one."""

    roomName: Id  # noqa: N815  # the wire's names, here and below
    participantName: Id  # noqa: N815


class Leave(Payload):
    """`leave-room`"""

    roomName: Id  # noqa: N815


class Completion(Payload):
    """The body of a turn whose answer comes whole."""

    messages: list[Spoken] = Field(min_length=1, max_length=MESSAGES_MAX)
    model: Id | None = None


class StreamChatBody(Completion):
    """`fullResponse` False: the whole answer comes with its end only."""

    roomName: Id | None = None  # noqa: N815
    fullResponse: bool | None = None  # noqa: N815


class StartSession(Completion):
    """The body that starts a session's run."""

    sessionId: IdInPath | None = None  # noqa: N815
    fullResponse: bool | None = None  # noqa: N815


class StopStream(Payload):
    """`stop-stream`: a run, or all that the connection has asked for."""

    runId: Id | None = None  # noqa: N815


class Token(Payload):
    """The body that asks for a LiveKit token."""

    roomName: Id  # noqa: N815
    participantName: Id  # noqa: N815


def request_of(model: type[Completion], payload: Any, settings: Settings) -> Any:
    """A `model`. Raises `CallerFault` BAD_REQUEST naming the field."""
    request = checked(model, payload)
    check_messages(request.messages, settings)
    return request
