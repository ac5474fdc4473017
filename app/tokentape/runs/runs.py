"""All runs of this process: start, find, stop, one at a time in a conversation and so many in all,
and shut down."""

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tokentape.errors import CallerFault, OurFault
from tokentape.runs.events import Event, StopReason, Terminal
from tokentape.runs.pending_start import Starting
from tokentape.runs.run import Run
from tokentape.runs.tape import Place

log = logging.getLogger("tokentape.runs")

RETRY_S = 5
"""When to try again where as many run as may: nobody knows when one ends."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A run that has a place, and whose it is."""

    starting: Starting
    account: Hashable

    @property
    def run_id(self) -> str:
        """The id of the run, also before it is there."""
        return self.starting.run_id


MayStop = Callable[[str | None], bool]
"""Whether a turn may be stopped that this owner (None: nobody who is signed in) has asked for."""


def anybodys(_owner: str | None) -> bool:
    """Where whoever stops may stop them all."""
    return True


class Runs:
    """One run at a time in a place. A place is claimed before its run is there, and given free
    when the run's answer is stored. At most `most` at once, and `most_each` of one account; 0 is
    no bound."""

    def __init__(self, most: int = 0, most_each: int = 0) -> None:
        self._most = most
        self._most_each = most_each
        self._by_id: dict[str, Run] = {}
        self._by_place: dict[Place, Claim] = {}
        self._by_account: Counter[Hashable] = Counter()
        self._starting: dict[Place, dict[Starting, str | None]] = {}
        self._tasks: set[asyncio.Task[Terminal]] = set()
        self._storing: set[asyncio.Task[None]] = set()
        self._closing = False

    @property
    def closing(self) -> bool:
        """Whether no more are taken."""
        return self._closing

    @property
    def count(self) -> int:
        """How many have not ended."""
        return len(self._by_id)

    @property
    def running(self) -> tuple[Run, ...]:
        """Those that have not ended."""
        return tuple(self._by_id.values())

    def find(self, run_id: str) -> Run | None:
        """A run that has not ended."""
        return self._by_id.get(run_id)

    def at(self, place: Place) -> Run | None:
        """The run that has this place and has not ended."""
        claim = self._by_place.get(place)
        return self._by_id.get(claim.run_id) if claim else None

    @contextmanager
    def under_way(self, place: Place, starting: Starting, owner: str | None) -> Iterator[None]:
        """Somebody asks for a turn in this place: a stop there reaches it from now on."""
        here = self._starting.setdefault(place, {})
        here[starting] = owner
        try:
            yield
        finally:
            del here[starting]
            if not here:
                del self._starting[place]

    def claim(self, place: Place, starting: Starting, account: Hashable) -> None:
        """Take the conversation for this run. Raises BUSY, and what `check` does."""
        if place in self._by_place:
            raise CallerFault("BUSY")
        self.check(account)
        self._by_place[place] = Claim(starting, account)
        self._by_account[account] += 1

    def release(self, place: Place) -> None:
        """Give a place free whose run did not come to be, or has ended."""
        claim = self._by_place.pop(place, None)
        if claim is None:
            return
        self._by_account[claim.account] -= 1
        if not self._by_account[claim.account]:
            del self._by_account[claim.account]

    def check(self, account: Hashable) -> None:
        """Whether this account may start one now. Raises SHUTTING_DOWN, or RATE_LIMIT where as
        many run as may."""
        if self._closing:
            raise OurFault("SHUTTING_DOWN")
        mine = self._by_account[account]  # a counter makes no row for who asks
        if 0 < self._most_each <= mine:
            raise _full(f"{mine} answers of yours are running, that is all at once")
        if 0 < self._most <= len(self._by_place):
            raise _full(f"{len(self._by_place)} answers are running here, that is all at once")

    def start(self, run: Run, opening: tuple[Event, ...]) -> None:
        """Let a run go, whose place is claimed; the place is free once its answer is stored. One
        that was stopped before ends at once."""
        self._by_id[run.label.run_id] = run
        claim = self._by_place[run.label.place]
        if claim.starting.reason or self._closing:
            run.stop(claim.starting.reason or "shutdown")
        task = asyncio.create_task(run.produce(opening), name=f"run {run.label.run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended(run))

    def ended(self, run: Run) -> None:
        """Give the place free: called when the answer is stored, before its end is told, so that
        who hears the end may start the next turn."""
        self._by_id.pop(run.label.run_id, None)
        claim = self._by_place.get(run.label.place)
        if claim is not None and claim.run_id == run.label.run_id:
            self.release(run.label.place)

    def stop(self, run_id: str, reason: StopReason) -> None:
        """Does nothing for one that has ended."""
        run = self._by_id.get(run_id)
        if run:
            run.stop(reason)

    def stop_at(self, place: Place, reason: StopReason, may: MayStop = anybodys) -> None:
        """Stop what runs in a conversation, or is about to: of the latter what one may."""
        claim = self._by_place.get(place)
        if claim:
            claim.starting.stop(reason)
            self.stop(claim.run_id, reason)
        self.stop_starting(place, reason, may)

    def stop_starting(self, place: Place, reason: StopReason, may: MayStop) -> str | None:
        """Stop the turns that have been asked for in a conversation and are no runs yet, as far as
        one may; the run id of the latest, None where there was none."""
        stoppable = [one for one, owner in self._starting.get(place, {}).items() if may(owner)]
        for one in stoppable:
            one.stop(reason)
        return stoppable[-1].run_id if stoppable else None

    async def drain(self, grace_s: float) -> None:
        """Refuse new starts, give the running ones `grace_s`, then stop them and wait."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for run in list(self._by_id.values()):
            run.stop("shutdown")
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._storing:
            await asyncio.wait(self._storing)

    def _ended(self, run: Run) -> Callable[[asyncio.Task[Terminal]], None]:
        def forget(task: asyncio.Task[Terminal]) -> None:
            self._tasks.discard(task)
            if run.storing and not run.storing.done():
                # Its place is free when it is stored: the next turn's context is made of that.
                self._by_id.pop(run.label.run_id, None)
                self._storing.add(run.storing)
                run.storing.add_done_callback(self._storing.discard)
            elif self._by_id.get(run.label.run_id) is run:
                self.ended(run)
            if not task.cancelled() and (error := task.exception()):
                log.error("run %s broke", run.label.run_id, exc_info=error)

        return forget


def _full(message: str) -> CallerFault:
    wait = f"{message}; try again when one has ended."
    return CallerFault("RATE_LIMIT", wait, retry_after_s=RETRY_S)
