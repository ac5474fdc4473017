"""Turn: what a viewer asks for, in the words that every contract's templates use."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal
from uuid import uuid4

from tokentape.client.failures import TurnRefused, Unreachable
from tokentape.contract.contract import Contract, Json

__all__ = ["EarlierMessage", "Turn", "TurnRefused", "Unreachable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierMessage:
    """What was said before, where the client keeps a conversation and sends it with each turn."""

    id: str
    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question. What a dialect has no place for is left out when the request is spelled."""

    message: str
    conversation: str | None = None
    """The id that an earlier turn returned, to continue its conversation."""
    model: str | None = None
    user: str = "anonymous"
    token: str | None = None
    """A JSON web token."""
    max_tokens: int | None = None
    temperature: float | None = None
    earlier: tuple[EarlierMessage, ...] = ()
    """What was said before in the conversation, the oldest first."""

    def values(self) -> Mapping[str, Json]:
        """The values for `$name` places in a contract's templates."""
        return {**asdict(self), "uuid": new_uuid}


def values_for(contract: Contract, turn: Turn) -> dict[str, Json]:
    """A turn's values, with the id of a new conversation where the client makes it."""
    values = dict(turn.values())
    if contract.names_conversation and turn.conversation is None:
        values["conversation"] = new_uuid()
    return values


def new_uuid() -> str:
    """For the `$uuid` places of a template: each has one of its own, in each request."""
    return str(uuid4())
