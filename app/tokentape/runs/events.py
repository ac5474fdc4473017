"""What can happen in a run, in words of no dialect; a tape is a list of these."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

StopReason = Literal["requested", "abandoned", "shutdown"]


StepStatus = Literal["created", "entered", "completed"]
PartKind = Literal["text", "reasoning"]


@dataclass(frozen=True, slots=True)
class Opened:
    """The stream stands: in dialects that say so."""

    accumulates: bool = True
    """Whether each text comes with all before it: in dialects that do that."""


@dataclass(frozen=True, slots=True)
class RunNamed:
    """The stream stands: in dialects whose callers make up ids, and are sent them back. They are
    labels, and name nothing here."""

    thread: str
    run: str
    parent: str | None = None
    """The run that this one follows, as the caller calls it."""


@dataclass(frozen=True, slots=True)
class ConversationCreated:
    """In dialects that say so: the turn began a conversation."""

    conversation_id: str


@dataclass(frozen=True, slots=True)
class UserMessageStored:
    """In dialects that say so: the question is in the history."""

    message_id: str
    content: str
    created_at: str = ""
    """RFC 3339."""


@dataclass(frozen=True, slots=True)
class ModelStep:
    """The model is asked, or has said all that this request for it gives: in dialects that count
    requests."""

    status: Literal["started", "finished"]


@dataclass(frozen=True, slots=True)
class StepMoved:
    """Where the conversation's workflow is now."""

    workflow: str
    step: str
    status: StepStatus


@dataclass(frozen=True, slots=True)
class WorkflowEnded:
    """The conversation's workflow came to its end, with this closing message."""

    workflow: str
    message: str


@dataclass(frozen=True, slots=True)
class Text:
    """A part of the answer."""

    content: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """A part of what the model says to itself. This and all events of parts and tool calls are on
    the tape only in dialects that can tell them (`TurnRequest.tells_parts`)."""

    content: str


@dataclass(frozen=True, slots=True)
class PartStarted:
    """All text, or all reasoning, until its `PartEnded` belongs together. One part at most is open;
    tool calls may be open beside it. The first part of text has the answer's message id."""

    part_id: str
    """Another one for each part of all answers."""
    kind: PartKind


@dataclass(frozen=True, slots=True)
class PartEnded:
    """Nothing of this part follows. A failure ends what is open without this."""

    part_id: str
    kind: PartKind


@dataclass(frozen=True, slots=True)
class ReasoningStarted:
    """The model begins to reason. Stands before the `PartStarted` of what it then says, and has
    that part's id."""

    part_id: str


@dataclass(frozen=True, slots=True)
class ReasoningEnded:
    """It has. Stands after the `PartEnded`."""

    part_id: str


@dataclass(frozen=True, slots=True)
class ToolCallStarted:
    """The model calls a tool. Several calls may be open at once, in any interleaving."""

    call_id: str
    """The model's server's own id, or one of ours where it gave none; unique in the answer."""
    name: str


@dataclass(frozen=True, slots=True)
class ToolCallArguments:
    """A piece of a call's arguments. In a completed answer a call's pieces are JSON together."""

    call_id: str
    content: str


@dataclass(frozen=True, slots=True)
class ToolCallEnded:
    """The call is whole; or, where `whole` is false, the answer was stopped in its midst. A failure
    ends what is open without this."""

    call_id: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Finished:
    """The answer is whole, or was stopped: in dialects that say so before they end."""

    finish_reason: str
    stopped: bool = False
    sources: tuple[str, ...] = ()
    """The passages that the question came with, as `<document id>#<number>`."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What the answer cost, in tokens: in dialects that say so before they end."""

    prompt_tokens: int
    total_tokens: int


@dataclass(frozen=True, slots=True)
class Broken:
    """What went wrong: in dialects that say so before they end."""

    code: str
    message: str
    retry_after_s: int | None = None


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
    """Somebody's wish, nobody left who looks, or the server's end."""

    message_id: str
    reason: StopReason


@dataclass(frozen=True, slots=True)
class Failed:
    """`code` is one of `tokentape.errors.CODES`, `message` fit for clients. `retry_after_s`: when
    the upstream may be tried again, in seconds, where it said so."""

    message_id: str
    code: str
    message: str
    retry_after_s: int | None = None


Opening = Opened | RunNamed | ConversationCreated | UserMessageStored | ModelStep | StepMoved
Aside = Reasoning | ToolCallStarted | ToolCallArguments
"""What the model's server says beside the text."""
Part = Aside | PartStarted | PartEnded | ReasoningStarted | ReasoningEnded | ToolCallEnded
Closing = ModelStep | Finished | Counted | StepMoved | WorkflowEnded | Broken
Terminal = Completed | Stopped | Failed
Event = Opening | Text | Part | Closing | Terminal

TERMINAL = (Completed, Stopped, Failed)


class Entry(NamedTuple):
    """One event on a tape. `at_ns` is CLOCK_MONOTONIC when the event came to be."""

    seq: int
    at_ns: int
    event: Event
