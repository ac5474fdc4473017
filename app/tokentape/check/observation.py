"""What one viewer saw of one answer, cuts and all; and how it comes to see it."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from tokentape.check.config import CheckConfig
from tokentape.check.unrecognized import cause_of_status, noticed_in
from tokentape.client.answer_head import Glimpse
from tokentape.client.factory import open_viewer
from tokentape.client.failures import TurnRefused, Unreachable
from tokentape.client.raw_log import RawLog
from tokentape.client.turn import Turn
from tokentape.client.viewer import conversation_of, run_of
from tokentape.contract.contract import Contract, Json
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen
from tokentape.contract.violations import Cause, ViolationKind

Times: TypeAlias = Literal["known", "gaps", "unknown"]

AWAY_MAX_S = 1.0
"""What a cut connection stays away at most."""
STOP_AFTER = 3
"""Texts that are waited for before the stop is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """`cuts` are the places in the timeline after which the connection was cut."""

    turn: int
    viewer: int
    contract: Contract
    timeline: tuple[Seen, ...]
    started_ns: int
    noticed: tuple[Difference, ...] = ()
    cuts: tuple[int, ...] = ()
    stopped_ns: int | None = None
    hung_up: bool = False
    """The stop was to close the connection: the contract has no other."""
    joined: bool = False
    """It came to a run that another viewer had started."""
    user: int | None = None
    """Whose viewer it is, where several ask at once."""
    glimpse: Glimpse | None = None
    """The HTTP answer as it came, as far as people need it."""
    request: Json = field(default=None, repr=False)
    """The body, or the payload, by which it was asked for."""
    times: Times = "known"
    """What the timeline knows of times: all; all but that of the question; or nothing."""
    recorded: bool = False
    """It comes from a file, and nobody was asked."""
    source: str = ""
    """The request that it answered, where a file has several."""
    doubts: tuple[Difference, ...] = ()
    """What a recording does not tell."""
    lines: tuple[int, ...] = ()
    """The line of its file at which each event stands, where it has lines."""

    @property
    def called(self) -> str:
        """What people call it: `answer 3, user 2, viewer 1`."""
        if self.recorded:
            return f"answer {self.turn}{f' ({self.source})' if self.source else ''}"
        return called(self.turn, self.user, self.viewer)


def called(turn: int, user: int | None, viewer: int) -> str:
    """What people call one viewer's answer."""
    return f"answer {turn}{'' if user is None else f', user {user}'}, viewer {viewer}"


class KnownRun:
    """A run's id and its conversation's, as soon as one viewer has learned them, for the others."""

    def __init__(self) -> None:
        self.run: str | None = None
        self.conversation: str | None = None
        self._known = asyncio.Event()

    def publish(self, run: str | None, conversation: str | None = None) -> None:
        """`None`: there is no run, and will be none."""
        self.run = self.run or run
        self.conversation = self.conversation or conversation
        self._known.set()

    async def wait(self) -> str | None:
        """The run, once it is known; `None` where there will be none."""
        await self._known.wait()
        return self.run


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One viewer's place at one answer: where it is cut, and whether it joins another's run."""

    turn: int
    viewer: int
    cut_at: Sequence[int]
    joins: bool
    user: int | None = None
    log: RawLog | None = None
    """Where all that comes is logged."""


async def observe(
    config: CheckConfig, turn: Turn, seat: Seat, started: KnownRun, seen_one: Callable[[], None]
) -> Observation | None:
    """See one answer to its end, losing the connection after each event numbered in `cut_at`.

    `None` when there was no run to join. Raises `Unreachable` when there is no server at all.
    """
    run = await started.wait() if seat.joins else None
    if seat.joins and run is None:
        return None
    turn = replace(turn, conversation=turn.conversation or started.conversation)
    looking = _SeatObservation(config, turn, seat, started, seen_one)
    try:
        return await looking.see(run)
    finally:
        started.publish(None)


class _SeatObservation:
    def __init__(
        self,
        config: CheckConfig,
        turn: Turn,
        seat: Seat,
        started: KnownRun,
        seen_one: Callable[[], None],
    ) -> None:
        self._wanted = config
        self._turn = turn
        self._seat = seat
        self._started = started
        self._seen_one = seen_one
        self._viewer = open_viewer(
            config.url,
            config.contract,
            token=config.token,
            headers=config.headers,
            query=config.query,
            read_timeout_s=config.silence_s,
            linger_s=config.linger_s,
            watch=None if seat.log is None else seat.log.add,
            turn=turn,
        )
        self._cut_at = sorted(set(seat.cut_at))
        self._cuts: list[int] = []
        self._seen = 0
        self._texts = 0
        self._stopped_ns: int | None = None
        self._hung_up = False
        self._over = False
        self._away_s: float | None = None
        self._limit = asyncio.timeout(None)

    async def see(self, run: str | None) -> Observation:
        viewer, begun_ns = self._viewer, time.monotonic_ns()
        async with viewer:
            try:
                async with asyncio.timeout(self._wanted.longest_s) as self._limit:
                    await self._whole(run)
            except TurnRefused as refusal:
                where = " on resume" if self._cuts else ""
                message = f"the server refused{where}: {refusal}"
                self._notice("refused", message, cause_of_status(refusal.status))
            except Unreachable as failure:
                if not viewer.timeline:
                    raise
                self._notice("refused", f"no way back to the run: {failure}")
            except TimeoutError:
                words = f"the answer had no end after {self._wanted.longest_s:g} s"
                self._notice("missing_end", words)
        if self._seat.log is not None and viewer.started_ns:
            self._seat.log.started_ns = viewer.started_ns
        return Observation(
            turn=self._seat.turn,
            viewer=self._seat.viewer,
            contract=self._wanted.contract,
            timeline=tuple(viewer.timeline),
            started_ns=begun_ns if self._seat.joins else viewer.started_ns,
            noticed=noticed_in(
                self._wanted.contract.dialect, viewer.glimpse, viewer.timeline, viewer.noticed
            ),
            cuts=tuple(self._cuts),
            stopped_ns=self._stopped_ns,
            hung_up=self._hung_up,
            joined=self._seat.joins,
            user=self._seat.user,
            glimpse=viewer.glimpse,
            request=viewer.request,
        )

    def _notice(self, kind: ViolationKind, message: str, about: Cause = "") -> None:
        self._viewer.noticed.append(Difference(kind, len(self._viewer.timeline), message, about))

    async def _whole(self, run: str | None) -> None:
        """From the first event to the end, over all cuts."""
        viewer, turn = self._viewer, self._turn
        events = viewer.ask(turn) if run is None else viewer.resume(run, -1, turn)
        while await self._until_cut(events):
            await viewer.drop()
            # What else had come already is lost with the connection.
            del viewer.timeline[self._seen :]
            self._cuts.append(self._seen - 1)
            await self._stay_away()
            last = viewer.timeline[-1]
            after = last.seq if last.seq is not None else self._seen - 1
            events = viewer.resume(run_of(viewer) or "", after, turn)

    async def _stay_away(self) -> None:
        """Long enough for the answer to go on meanwhile: a server that resumes where the stream is
        by now, and not where the client was, would otherwise seem right."""
        if self._away_s is None:  # by the pace up to the first cut: later ones make gaps themselves
            came = self._viewer.timeline
            mean_s = (came[-1].at_ns - came[0].at_ns) / 1e9 / len(came)
            self._away_s = min(AWAY_MAX_S, max(self._wanted.away_s, 2 * mean_s))
        # The answer is given the time that we take.
        self._limit.reschedule((self._limit.when() or 0.0) + self._away_s)
        await asyncio.sleep(self._away_s)

    async def _until_cut(self, events: AsyncIterator[Seen]) -> bool:
        """Whether it was a cut that ended it."""
        try:
            async for event in events:
                self._seen += 1
                self._seen_one()
                if event.run:
                    self._started.publish(event.run, conversation_of(self._viewer))
                await self._stop_in_time(event)
                if self._hung_up:
                    return False
                if self._is_cut(event):
                    return True
        finally:
            await _close(events)
        return False

    async def _stop_in_time(self, event: Seen) -> None:
        self._texts += bool(event.text)
        stops = self._wanted.stop and not self._seat.joins and self._stopped_ns is None
        if stops and self._texts >= STOP_AFTER:
            self._stopped_ns = time.monotonic_ns()
            if self._may_ask_to_stop():
                await self._viewer.stop()
            elif not event.end:
                self._hung_up = True
                await self._viewer.drop()
                del self._viewer.timeline[self._seen :]  # nobody was there any more to see it

    def _may_ask_to_stop(self) -> bool:
        """Over HTTP a stop names the run, and not every server of a protocol tells its runs."""
        contract = self._wanted.contract
        named = contract.transport != "sse" or run_of(self._viewer) is not None
        return contract.stop is not None and named

    def _is_cut(self, event: Seen) -> bool:
        place = event.seq if event.seq is not None else self._seen - 1
        self._over = self._over or event.end is not None  # a mark may follow
        if self._over or not self._cut_at or place < self._cut_at[0]:
            return False
        self._cut_at = [later for later in self._cut_at if later > place]
        return run_of(self._viewer) is not None


async def _close(events: AsyncIterator[Seen]) -> None:
    close = getattr(events, "aclose", None)
    if close is not None:
        with suppress(RuntimeError):  # a generator that is over already
            await close()


def cut_places(config: CheckConfig, chance: random.Random, events: int) -> tuple[int, ...]:
    """Where to cut one viewer of an answer that will have about so many events."""
    most = max(1, events - 1)
    drawn = chance.sample(range(most), min(config.cuts, most))
    return tuple(sorted({*config.cut_at, *drawn}))
