"""All runs of this process: start, find, stop, one at a time in a conversation, and shut down."""

import asyncio
import logging
from collections.abc import Callable

from app.errors import CallerFault, OurFault
from app.runs.events import Event, StopReason, Terminal
from app.runs.run import Run
from app.runs.tape import Place

log = logging.getLogger("tokentape.runs")


class Runs:
    """One run at a time in a place. A place is claimed before its run is there, and given free
    when the run's answer is stored."""

    def __init__(self) -> None:
        self._by_id: dict[str, Run] = {}
        self._by_place: dict[Place, str] = {}
        self._stopped_early: dict[str, StopReason] = {}
        self._tasks: set[asyncio.Task[Terminal]] = set()
        self._closing = False

    @property
    def closing(self) -> bool:
        return self._closing

    @property
    def count(self) -> int:
        return len(self._by_id)

    def find(self, run_id: str) -> Run | None:
        """A run that has not ended."""
        return self._by_id.get(run_id)

    def claim(self, place: Place, run_id: str) -> None:
        """Take the conversation for this run. Raises BUSY, or SHUTTING_DOWN."""
        self.check_open()
        if place in self._by_place:
            raise CallerFault("BUSY")
        self._by_place[place] = run_id

    def release(self, place: Place) -> None:
        if run_id := self._by_place.pop(place, None):
            self._stopped_early.pop(run_id, None)

    def check_open(self) -> None:
        if self._closing:
            raise OurFault("SHUTTING_DOWN")

    def start(self, run: Run, opening: tuple[Event, ...]) -> None:
        """Let a run go, whose place is claimed; the place is free once its answer is stored."""
        self._by_id[run.label.run_id] = run
        if reason := self._stopped_early.pop(run.label.run_id, None):
            run.stop(reason)
        task = asyncio.create_task(run.produce(opening), name=f"run {run.label.run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._ended(run))

    def ended(self, run: Run) -> None:
        """Give the place free: called when the answer is stored, before its end is told, so that
        who hears the end may start the next turn."""
        self._by_id.pop(run.label.run_id, None)
        self.release(run.label.place)

    def stop(self, run_id: str, reason: StopReason) -> None:
        run = self._by_id.get(run_id)
        if run:
            run.stop(reason)

    def stop_at(self, place: Place, reason: StopReason) -> None:
        """Stop what runs in a conversation, or is about to, if anything does."""
        run_id = self._by_place.get(place)
        if run_id in self._by_id:
            self.stop(run_id, reason)
        elif run_id:
            self._stopped_early[run_id] = reason

    async def drain(self, grace_s: float) -> None:
        """Refuse new starts, give the running ones `grace_s`, then stop them and wait."""
        self._closing = True
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=grace_s)
        for run in list(self._by_id.values()):
            run.stop("shutdown")
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _ended(self, run: Run) -> Callable[[asyncio.Task[Terminal]], None]:
        def forget(task: asyncio.Task[Terminal]) -> None:
            self._tasks.discard(task)
            if self._by_id.get(run.label.run_id) is run:
                self.ended(run)
            if not task.cancelled() and (error := task.exception()):
                log.error("run %s broke", run.label.run_id, exc_info=error)

        return forget
