"""What can happen in a run, in words of no dialect; a tape is a list of these."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

StopReason = Literal["requested", "abandoned", "shutdown"]


@dataclass(frozen=True, slots=True)
class ConversationCreated:
    conversation_id: str


@dataclass(frozen=True, slots=True)
class UserMessageStored:
    message_id: str
    content: str


@dataclass(frozen=True, slots=True)
class Text:
    content: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is whole, or was stopped: in dialects that say so before they end."""

    finish_reason: str
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """What the answer cost, in tokens: in dialects that say so before they end."""

    prompt_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class Completed:
    """`total_tokens` is the upstream's own count, or the number of chunks where it gave none;
    `prompt_tokens` are those of them that the question took, 0 where the upstream gave none."""

    message_id: str
    finish_reason: str
    total_tokens: int
    model: str
    prompt_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Stopped:
    message_id: str
    reason: StopReason


@dataclass(frozen=True, slots=True)
class Failed:
    message_id: str
    code: str
    message: str


Opening = ConversationCreated | UserMessageStored
Closing = Finished | Counted
Terminal = Completed | Stopped | Failed
Event = Opening | Text | Closing | Terminal

TERMINAL = (Completed, Stopped, Failed)


class Entry(NamedTuple):
    """One event on a tape. `at_ns` is CLOCK_MONOTONIC when the event came to be."""

    seq: int
    at_ns: int
    event: Event
