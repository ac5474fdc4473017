"""A run: one task that reads the upstream onto a tape, and ends with exactly one terminal event.

Its states stand in `run_states`; docs/decisions/0001-a-run-is-a-tape.md says why it is a task.
Knows no dialect and no viewer beyond how many there are.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from tokentape.errors import CODES, OurFault, Refused, UpstreamFault
from tokentape.metrics import Metrics
from tokentape.runs.answer_source import AnswerSource
from tokentape.runs.events import (
    Aside,
    Completed,
    Event,
    Failed,
    Stopped,
    StopReason,
    Terminal,
    Text,
)
from tokentape.runs.parts import Parts
from tokentape.runs.run_states import OPEN, RUN, may
from tokentape.runs.tape import Label, Tape, TapeFull, TapesFull

log = logging.getLogger("tokentape.run")
# What DEBUG=chat:streaming shows: never what was said.
streaming = logging.getLogger("tokentape.streaming")
NS = 1e-9

STORE_WAIT_S = 2.0
"""How long the terminal event waits for the store; then it is told first."""

StoreEnd = Callable[[str, Terminal], Coroutine[Any, Any, None]]
"""Stores the text so far and how it ended; before the terminal event is told, if it can."""


ClosingOf = Callable[[Terminal], tuple[Event, ...]]
"""The events that a dialect sends before the terminal one."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What a run needs from around it."""

    metrics: Metrics
    store: StoreEnd
    grace_s: float
    closing: ClosingOf
    tells_parts: bool = False
    """Whether reasoning, tool calls and the ends of parts belong on the tape."""
    wraps_reasoning: bool = True
    """Whether a part of reasoning also stands between two events of its own."""


class Run:
    """Detached from whoever asked: it lives until it ends, is stopped, or nobody has viewed it
    for `grace_s`."""

    def __init__(self, tape: Tape, answer: AnswerSource, outlook: Outlook) -> None:
        self.tape = tape
        self._answer = answer
        self._outlook = outlook
        self._parts = (
            Parts(tape.label.message_id, wraps_reasoning=outlook.wraps_reasoning)
            if outlook.tells_parts
            else None
        )
        self.storing: asyncio.Task[None] | None = None
        """The end, on its way into the store."""
        self.is_sent = False
        """Whether viewers know the end although it is not stored yet."""
        self.state = OPEN
        self._stop_reason: StopReason | None = None
        self._reading: asyncio.Task[None] | None = None
        self._viewers = 0
        self._ended = False
        self._abandoning: asyncio.TimerHandle | None = None
        dialect = self.label.dialect
        self._gap_s = outlook.metrics.gap_s.labels(dialect)
        self._started_ns = self._last_ns = time.monotonic_ns()

    @property
    def label(self) -> Label:
        """What is written on its tape."""
        return self.tape.label

    def stop(self, reason: StopReason) -> None:
        """Close the upstream request at once. Does nothing when the answer is already whole, or
        being stopped."""
        if may(self.state, "stop"):
            self._move("stop")
            self._stop_reason = reason
            if self._reading:
                self._reading.cancel()

    def viewer_came(self) -> None:
        """Somebody looks: it is not abandoned meanwhile."""
        self._viewers += 1
        streaming.debug("run %s: viewer came, %d now", self.label.run_id, self._viewers)
        if self._abandoning:
            self._abandoning.cancel()
            self._abandoning = None

    def viewer_left(self) -> None:
        """After the last one it has `grace_s`. Nothing waits once it has ended: a timer would keep
        the run and all that it holds for as long."""
        self._viewers -= 1
        streaming.debug("run %s: viewer left, %d now", self.label.run_id, self._viewers)
        if self._viewers == 0 and not self._ended:
            self._await_viewer()

    def _await_viewer(self) -> None:
        loop = asyncio.get_running_loop()
        self._abandoning = loop.call_later(self._outlook.grace_s, self.stop, "abandoned")

    async def produce(self, opening: tuple[Event, ...]) -> Terminal:
        """Record everything from the opening to the terminal event."""
        metrics, dialect = self._outlook.metrics, self.label.dialect
        metrics.starts.labels(dialect).inc()
        streaming.debug("run %s: stream started, %s", self.label.run_id, dialect)
        metrics.running.labels(dialect).inc()
        if not self._viewers and not self._abandoning:
            self._await_viewer()
        try:
            if opening:
                await self.tape.append(opening, time.monotonic_ns())
            terminal = await self._store(await self._outcome())
            ends = (*self._part_ends(terminal), *self._outlook.closing(terminal), terminal)
            await self.tape.append(ends, time.monotonic_ns())
            self._move("end")
        finally:
            self._ended = True
            if self._abandoning:
                self._abandoning.cancel()
            metrics.running.labels(dialect).dec()
        kind, code = type(terminal).__name__.lower(), ""
        if isinstance(terminal, Failed):
            code = terminal.code
        elif isinstance(terminal, Stopped):
            code = terminal.reason
        else:
            metrics.tokens.labels(dialect).inc(terminal.total_tokens)
        metrics.endings.labels(dialect, kind, code).inc()
        streaming.debug("run %s: stream ended, %s %s", self.label.run_id, kind, code)
        return terminal

    async def _outcome(self) -> Terminal:
        message_id = self.label.message_id
        if self.state == OPEN:
            self._move("begin")
            on_asides = self._on_asides if self._parts else None
            self._reading = asyncio.create_task(self._answer.read(self._on_texts, on_asides))
            await asyncio.wait((self._reading,))
            if not self._reading.cancelled():
                error = self._reading.exception()
                if error is not None:
                    self._move("failure")
                    return self._failure(error)
                self._move("whole")
                answer = self._answer
                return Completed(
                    message_id,
                    answer.finish_reason,
                    answer.total_tokens,
                    answer.model,
                    answer.prompt_tokens,
                )
        self._move("cut")
        return Stopped(message_id, self._stop_reason or "shutdown")

    async def _on_texts(self, texts: list[str], at_ns: int) -> None:
        self._measure(at_ns)
        if streaming.isEnabledFor(logging.DEBUG):
            streaming.debug("run %s: %d texts", self.label.run_id, len(texts))
        said = list(map(Text, texts))
        await self.tape.append(self._parts.events(said) if self._parts else said, at_ns)

    async def _on_asides(self, asides: list[Aside], at_ns: int) -> None:
        assert self._parts is not None  # noqa: S101  # for the type checker: nobody else asks
        self._measure(at_ns)
        await self.tape.append(self._parts.events(asides), at_ns)

    def _measure(self, at_ns: int) -> None:
        if self._last_ns == self._started_ns:
            first = self._outlook.metrics.first_token_s.labels(self.label.dialect)
            first.observe((at_ns - self._started_ns) * NS)
        else:
            self._gap_s.observe((at_ns - self._last_ns) * NS)
        self._last_ns = at_ns

    def _part_ends(self, terminal: Terminal) -> list[Event]:
        if self._parts is None or isinstance(terminal, Failed):
            return []
        return self._parts.close(whole=isinstance(terminal, Completed))

    def _failure(self, error: BaseException) -> Failed:
        if isinstance(error, TapesFull):
            log.warning("run %s ends: TAPES_MAX_BYTES are taken by running ones", self.label.run_id)
            error = OurFault("INTERNAL", "The server has no room for more of this answer.")
        elif isinstance(error, TapeFull):
            error = UpstreamFault("UPSTREAM_MALFORMED", "The answer is too long to be kept.")
        if not isinstance(error, Refused):
            log.error("run %s failed", self.label.run_id, exc_info=error)
            error = OurFault("INTERNAL")
        return Failed(self.label.message_id, error.code, error.message, error.retry_after_s)

    async def _store(self, terminal: Terminal) -> Terminal:
        text = await self.tape.text()
        self.storing = asyncio.create_task(self._outlook.store(text, terminal))
        await asyncio.wait((self.storing,), timeout=STORE_WAIT_S)
        if not self.storing.done():
            # Somebody has locked the database, or its disk is slow. Viewers need not wait for that:
            # the end is stored as they are told it.
            self._move("late")
            self.is_sent = True
            log.warning("the end of run %s is told before it is stored", self.label.run_id)
            self.storing.add_done_callback(self._stored_late)
            return terminal
        error = self.storing.exception()
        if error is None:
            self._move("stored")
            return terminal
        self._move("not stored")
        # The store may fail in any way; viewers must know.
        log.error("answer of run %s was not stored", self.label.run_id, exc_info=error)
        return Failed(self.label.message_id, "INTERNAL", CODES["INTERNAL"].message)

    def _move(self, happening: str) -> None:
        before, self.state = self.state, RUN[self.state][happening]
        streaming.debug("run %s: %s, from %s", self.label.run_id, happening, before)

    def _stored_late(self, storing: "asyncio.Task[None]") -> None:
        if not storing.cancelled() and (error := storing.exception()):
            log.error("answer of run %s is not stored yet", self.label.run_id, exc_info=error)
