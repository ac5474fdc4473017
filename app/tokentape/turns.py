"""A turn, in words of no dialect: who may start, view and stop which run."""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import uuid4

from sqlalchemy.exc import IntegrityError

from tokentape.access.limits import Allowance, Caller, RateLimits
from tokentape.errors import CallerFault
from tokentape.metrics import Metrics
from tokentape.runs.answer_parts import parts_on
from tokentape.runs.answer_source import AnswerSource
from tokentape.runs.events import Completed, Event, Failed, Stopped, Terminal
from tokentape.runs.pending_start import Starting
from tokentape.runs.run import ClosingOf, Outlook, Run
from tokentape.runs.runs import Runs
from tokentape.runs.tape import Label, Place, Tape, Tapes, place_of
from tokentape.runs.upstream import ModelRequest, Upstream
from tokentape.settings import Settings
from tokentape.store.conversations import Begun, Conversation, Message, Status, Store, Taken
from tokentape.store.database import Work
from tokentape.store.message_parts import storing_parts, together

OpeningOf = Callable[[Begun], tuple[Event, ...]]
"""The events that a dialect sends before the first text."""

AnswerOf = Callable[[Upstream, ModelRequest], AnswerSource]
"""What a run reads, made from the request for it."""
Saving = Work[None] | None
"""What is stored in the same transaction."""

STATUSES: dict[type, Status] = {Completed: "complete", Stopped: "stopped", Failed: "failed"}


GuestOf = Callable[[Label], bool]


def nothing(_of: Begun | Terminal) -> tuple[Event, ...]:
    """For dialects that send nothing there."""
    return ()


def unsaved(_of: Terminal) -> Saving:
    """For turns that store nothing more."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Staged:
    """What a dialect makes of a turn, once no other can run in its conversation."""

    opening: tuple[Event, ...] = ()
    closing: ClosingOf = nothing
    answer: AnswerOf = Upstream.answer
    begin: Saving = None
    """Stored with the question."""
    end: Callable[[Terminal], Saving] = unsaved
    """What is stored with the answer."""


StageOf = Callable[[Begun], Awaitable[Staged]]
"""May refuse the turn, of which nothing is stored yet."""


def nobody(_of: Label) -> bool:
    """For doors where runs are their owner's alone."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRequest:
    """A turn that a dialect has checked.

    `creates`: an unknown conversation id makes one. `messages`: the whole context, brought along;
    None: what is stored of the conversation. `more`: further fields of the upstream's request.
    """

    dialect: str
    caller: Caller
    content: str
    conversation_id: str | None = None
    creates: bool = False
    model: str | None = None
    max_tokens: int | None = None
    temperature: float | None = None
    messages: Sequence[dict[str, Any]] | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    opening: OpeningOf = nothing
    closing: ClosingOf = nothing
    room: str | None = None
    """Where the answer is told to all: one at a time there."""
    stage: StageOf | None = None
    """Instead of `opening` and `closing`, for dialects that look first where they are."""
    tells_parts: bool = False
    """Whether the dialect tells reasoning, tool calls and where parts begin and end: they are on
    the tape then. To all others they are signs of work alone."""
    wraps_reasoning: bool = True
    """Whether such a dialect has `ReasoningStarted` and `ReasoningEnded` too."""
    starting: Starting = field(default_factory=Starting)
    """By which it is stopped before it has become a run."""

    @property
    def place(self) -> Place | None:
        """Where no other may run meanwhile; None: in a conversation that is made for it."""
        if self.room is None and self.conversation_id is None:
            return None
        return place_of(self.dialect, self.conversation_id or "", self.room)


@dataclass(frozen=True, slots=True)
class StartedRun:
    """A run under way, and what is left of its caller's starts."""

    run: Run
    allowance: Allowance | None
    caller: Caller

    @property
    def view(self) -> "View":
        """For who has started it."""
        return View(self.run.tape, self.run, self.caller)


@dataclass(frozen=True, slots=True)
class View:
    """A tape that the caller may read; the run too while it has not ended."""

    tape: Tape
    run: Run | None
    caller: Caller

    @property
    def theirs(self) -> bool:
        """Whether the caller may still read it: somebody may have signed in to the conversation
        meanwhile."""
        return may(self.caller, self.tape.label.owner)


class NoRun(Exception):
    """`code` is RUN_UNKNOWN, RUN_GONE (its tape has expired) or FORBIDDEN (somebody else's)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Turns:
    """What a turn needs from all that was opened at the start."""

    settings: Settings
    store: Store
    tapes: Tapes
    runs: Runs
    upstream: Upstream
    limits: RateLimits
    metrics: Metrics

    async def start(self, turn: TurnRequest) -> StartedRun:
        """Count it, check whose conversation it is, store the question, and let the run go.

        Raises `CallerFault` or `OurFault`; then nothing was stored.
        """
        with self.counting_refusals(), ExitStack() as stoppable:
            if turn.place:
                owner = turn.caller.owner
                stoppable.enter_context(self.runs.under_way(turn.place, turn.starting, owner))
            return await self._start(turn)

    @contextmanager
    def counting_refusals(self) -> Iterator[None]:
        """Let the metrics know of what a limit refuses."""
        try:
            yield
        except CallerFault as fault:
            if fault.code == "RATE_LIMIT":
                self.metrics.rate_limited.inc()
            raise

    async def _start(self, turn: TurnRequest) -> StartedRun:
        self.runs.check(turn.caller.account)
        if turn.model not in (None, self.settings.default_model):
            await turn.starting.unless_stopped(self.check_model(turn.model))
        with self.limits.counted(turn.caller) as allowance:  # a turn that is refused is not
            run, opening = await self._admitted(turn)
        self.runs.start(run, opening)
        return StartedRun(run, allowance, turn.caller)

    async def _admitted(self, turn: TurnRequest) -> tuple[Run, tuple[Event, ...]]:
        """A run whose question is stored and whose place is taken, and what it begins with."""
        conversation, created = await self._conversation(turn)
        run_id = turn.starting.run_id
        place = place_of(turn.dialect, conversation.id, turn.room)
        self.runs.claim(place, turn.starting, turn.caller.account)
        with ExitStack() as undo:
            undo.callback(self.runs.release, place)
            if created and turn.conversation_id is not None:
                # Somebody may have made it between the look and the claim.
                conversation, created = await self._conversation(turn)
            earlier = [] if created else await self._context(conversation)
            begun = Begun(
                replace(conversation, owner=turn.caller.owner),
                created,
                run_id,
                str(uuid4()),
                turn.content,
                str(uuid4()),
                anonymous=not created and conversation.owner is None,
            )
            if turn.stage:
                staged = await turn.stage(begun)
            else:
                staged = Staged(opening=turn.opening(begun), closing=turn.closing)
            await self._begin(begun, staged)
            if begun.anonymous and turn.caller.owner is not None:
                # From here on it is theirs, whole: who was looking sees no more of it.
                await self.tapes.hand_over(turn.dialect, conversation.id, turn.caller.owner)
            run = await self._run(turn, begun, earlier, staged)
            undo.pop_all()
        return run, staged.opening

    async def view(self, run_id: str, caller: Caller, guest: GuestOf = nobody) -> View:
        """`guest` says of a run that is somebody else's whether it may be viewed all the same.

        Raises `NoRun`.
        """
        tape = await self.tapes.find(run_id)
        if tape is None:
            place = await self.store.run_owner(run_id)
            if place is None:
                raise NoRun("RUN_UNKNOWN")
            raise NoRun("RUN_GONE" if may(caller, place.owner) else "FORBIDDEN")
        if not may(caller, tape.label.owner) and not guest(tape.label):
            raise NoRun("FORBIDDEN")
        return View(tape, self.runs.find(run_id), caller)

    async def history(self, dialect: str, conversation_id: str, caller: Caller) -> list[Message]:
        """The latest MAX_MESSAGES, oldest first. Raises NOT_FOUND, also for somebody else's."""
        conversation = await self.store.conversation(dialect, conversation_id)
        if conversation is None or not may(caller, conversation.owner):
            raise CallerFault("NOT_FOUND")
        return await self.store.messages(dialect, conversation_id, self.settings.max_messages)

    async def check_model(self, model: str) -> None:
        """Raises INVALID_MODEL for one that is neither allowed nor on the upstream's list."""
        if model == self.settings.default_model:
            return
        allowed = self.settings.models or await self.upstream.models()
        if allowed and model not in allowed:
            raise CallerFault("INVALID_MODEL", f"There is no model `{model}` here.", field="model")

    async def models(self) -> tuple[str, ...]:
        """Those that a turn may name, the default first."""
        default = self.settings.default_model
        allowed = self.settings.models or await self.upstream.models()
        return (default, *(model for model in allowed if model != default))

    async def _begin(self, begun: Begun, staged: Staged) -> None:
        try:
            await self.store.begin(begun, staged.begin)
        except Taken:
            raise CallerFault("NOT_FOUND", "There is no such conversation.") from None
        except IntegrityError:
            place = begun.conversation
            if begun.created or await self.store.conversation(place.dialect, place.id):
                raise
            # Deleted since we looked.
            raise CallerFault("NOT_FOUND", "There is no such conversation.") from None

    async def _conversation(self, turn: TurnRequest) -> tuple[Conversation, bool]:
        if turn.conversation_id is None:
            return Conversation(turn.dialect, str(uuid4()), turn.caller.owner), True
        conversation = await self.store.conversation(turn.dialect, turn.conversation_id)
        if conversation is None and turn.creates:
            return Conversation(turn.dialect, turn.conversation_id, turn.caller.owner), True
        if conversation is None or not may(turn.caller, conversation.owner):
            raise CallerFault("NOT_FOUND", "There is no such conversation.")
        return conversation, False

    async def _context(self, conversation: Conversation) -> list[Message]:
        most = self.settings.max_messages - 1
        stored = await self.store.messages(conversation.dialect, conversation.id, most)
        return [message for message in stored if message.content]

    async def _run(
        self, turn: TurnRequest, begun: Begun, earlier: list[Message], staged: Staged
    ) -> Run:
        model = turn.model or self.settings.default_model
        messages = turn.messages
        if messages is None:
            context = [{"role": message.role, "content": message.content} for message in earlier]
            messages = [*context, {"role": "user", "content": turn.content}]
        label = Label(
            run_id=begun.run_id,
            dialect=turn.dialect,
            conversation_id=begun.conversation.id,
            owner=begun.conversation.owner,
            message_id=begun.answer_id,
            model=model,
            started_s=round(time.time(), 3),
            room=turn.room,
        )
        request = ModelRequest(model, messages, turn.max_tokens, turn.temperature, turn.more)
        answer = staged.answer(self.upstream, request)

        async def store_end(text: str, terminal: Terminal) -> None:
            code = terminal.code if isinstance(terminal, Failed) else None
            more = staged.end(terminal)
            try:
                if turn.tells_parts:
                    whole = isinstance(terminal, Completed)
                    parts = await parts_on(run.tape, whole=whole)
                    more = together(more, storing_parts(begun.answer_id, parts) if parts else None)
                await self.store.finish(
                    begun.answer_id,
                    text,
                    STATUSES[type(terminal)],
                    code,
                    more,
                    is_sent=lambda: run.is_sent,
                )
            finally:
                self.runs.ended(run)

        outlook = Outlook(
            self.metrics,
            store_end,
            self.settings.run_grace_s,
            staged.closing,
            turn.tells_parts,
            turn.wraps_reasoning,
        )
        run = Run(await self.tapes.create(label), answer, outlook)
        return run


def may(caller: Caller, owner: str | None) -> bool:
    """What is anonymous is open to whoever knows its id."""
    return owner is None or owner == caller.owner
