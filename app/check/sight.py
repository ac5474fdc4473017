"""Sight: what one viewer saw of one answer, cuts and all; and how it comes to see it."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.check.wanted import Wanted
from app.client.failures import Refused, Unreachable
from app.client.open import open_viewer
from app.client.turn import Turn
from app.client.viewer import run_of
from app.contract.contract import Contract
from app.contract.integrity import Difference
from app.contract.timeline import Seen

STOP_AFTER = 3
"""Texts that are waited for before the stop is asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """`cuts` are the places in the timeline after which the connection was cut."""

    turn: int
    viewer: int
    contract: Contract
    timeline: tuple[Seen, ...]
    started_ns: int
    noticed: tuple[Difference, ...] = ()
    cuts: tuple[int, ...] = ()
    stopped_ns: int | None = None
    joined: bool = False
    """It came to a run that another viewer had started."""


class Started:
    """A run's id, as soon as one viewer has learned it, for the others."""

    def __init__(self) -> None:
        self.run: str | None = None
        self._known = asyncio.Event()

    def tell(self, run: str | None) -> None:
        """`None`: there is no run, and will be none."""
        self.run = self.run or run
        self._known.set()

    async def wait(self) -> str | None:
        await self._known.wait()
        return self.run


async def look(
    wanted: Wanted,
    turn: Turn,
    *,
    number: tuple[int, int],
    cut_at: Sequence[int],
    started: Started,
    joins: bool,
    seen_one: Callable[[], None],
) -> Sight | None:
    """See one answer to its end, losing the connection after each event numbered in `cut_at`.

    `None` when there was no run to join. Raises `Unreachable` when there is no server at all.
    """
    viewer = open_viewer(
        wanted.url,
        wanted.contract,
        token=wanted.token,
        read_timeout_s=wanted.silence_s,
        linger_s=wanted.linger_s,
    )
    run = await started.wait() if joins else None
    if joins and run is None:
        return None
    cuts: list[int] = []
    stopped_ns: int | None = None
    begun_ns = time.monotonic_ns()
    left = sorted(set(cut_at))
    texts = looked_at = 0
    async with viewer:
        events = viewer.resume(run, -1, turn) if run is not None else viewer.ask(turn)
        try:
            while True:
                cut = False
                async for seen in events:
                    seen_one()
                    looked_at += 1
                    if seen.run:
                        started.tell(seen.run)
                    texts += bool(seen.text)
                    if wanted.stop and not joins and stopped_ns is None and texts >= STOP_AFTER:
                        stopped_ns = time.monotonic_ns()
                        await viewer.stop()
                    place = seen.seq if seen.seq is not None else looked_at - 1
                    if left and place >= left[0] and not seen.end:
                        left = [later for later in left if later > place]
                        if run_of(viewer) is not None:
                            cut = True
                            break
                if not cut:
                    break
                await viewer.drop()
                await _close(events)
                # What else had come already is lost with the connection.
                del viewer.timeline[looked_at:]
                cuts.append(len(viewer.timeline) - 1)
                last = viewer.timeline[-1]
                after = last.seq if last.seq is not None else len(viewer.timeline) - 1
                events = viewer.resume(run_of(viewer) or "", after, turn)
        except Refused as refusal:
            where = " on resume" if cuts else ""
            viewer.noticed.append(
                Difference("refused", len(viewer.timeline), f"the server refused{where}: {refusal}")
            )
        except Unreachable as failure:
            if not viewer.timeline:
                raise
            viewer.noticed.append(
                Difference("refused", len(viewer.timeline), f"no way back to the run: {failure}")
            )
        finally:
            await _close(events)
            started.tell(None)
    return Sight(
        turn=number[0],
        viewer=number[1],
        contract=wanted.contract,
        timeline=tuple(viewer.timeline),
        started_ns=begun_ns if joins else viewer.started_ns,
        noticed=tuple(viewer.noticed),
        cuts=tuple(cuts),
        stopped_ns=stopped_ns,
        joined=joins,
    )


async def _close(events: AsyncIterator[Seen]) -> None:
    close = getattr(events, "aclose", None)
    if close is not None:
        with suppress(RuntimeError):  # a generator that is over already
            await close()


def cut_places(wanted: Wanted, chance: random.Random, events: int) -> tuple[int, ...]:
    """Where to cut one viewer of an answer that will have about so many events."""
    most = max(1, events - 1)
    drawn = chance.sample(range(most), min(wanted.cuts, most))
    return tuple(sorted({*wanted.cut_at, *drawn}))
