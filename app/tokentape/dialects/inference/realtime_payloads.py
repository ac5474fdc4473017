"""What clients of `inference` may emit, over Socket.IO or a plain WebSocket. Pure."""

from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, Field

from tokentape.dialects.fields import Id, Payload, Said

METADATA_MAX_BYTES = 4_096


def _small(value: dict[str, Any]) -> dict[str, Any]:
    if len(orjson.dumps(value)) > METADATA_MAX_BYTES:
        raise ValueError(f"is over {METADATA_MAX_BYTES} bytes as JSON")
    return value


class InRoom(Payload):
    """A room that must be named."""

    roomId: Id  # noqa: N815  # the wire's names, here and below


class MaybeInRoom(Payload):
    """Without `roomId`: in the room that the connection joined last."""

    roomId: Id | None = None  # noqa: N815


class Send(MaybeInRoom):
    """`clientMessageId`: the same one twice is one message."""

    content: Said
    clientMessageId: Id | None = None  # noqa: N815


class FinishedAnswer(Payload):
    """An answer that the client has put together; `id` is its own, by which it is known again."""

    content: Said
    id: Id | None = None


class Broadcast(MaybeInRoom):
    """An answer that the client has, for all in the room."""

    message: Said | FinishedAnswer


class Presence(Payload):
    """How somebody stands, and what else they tell of it, bounded."""

    status: Literal["online", "away", "busy", "offline"]
    metadata: Annotated[dict[str, Any], AfterValidator(_small)] = Field(default_factory=dict)


class StopAnswer(MaybeInRoom):
    """A run, or a room, or neither: all that the connection has asked for."""

    runId: Id | None = None  # noqa: N815


class Hello(Payload):
    """The handshake's `auth`, beside the token."""

    userId: Id | None = None  # noqa: N815
