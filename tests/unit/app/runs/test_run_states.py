"""The table of a run's states is what the code does: each row is walked, and nothing else."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from tokentape.contract.order import ends_of
from tokentape.errors import UpstreamFault
from tokentape.metrics import Metrics
from tokentape.runs import run as run_module
from tokentape.runs.events import Completed, Failed, Stopped, Terminal
from tokentape.runs.memory_tape import MemoryTapes
from tokentape.runs.run import Outlook, Run
from tokentape.runs.run_states import CLOSED, OPEN, RUN, may
from tokentape.runs.tape import Label
from tokentape.runs.upstream import OnAsides, OnTexts

LABEL = Label("r", "ai-chat", "c", None, "m", "gpt-4")
Step = Callable[["Course"], Awaitable[None]]


@dataclass
class Course:
    """What the model, the store and somebody who stops do to a run."""

    read: Step
    end: type[Terminal]
    moves: list[str]
    stop_first: bool = False
    store: Step | None = None
    run: Run | None = None
    unlocked: asyncio.Event = field(default_factory=asyncio.Event)


async def whole(_course: Course) -> None:
    """The model says all."""


async def broken(_course: Course) -> None:
    raise UpstreamFault("UPSTREAM_TRUNCATED")


async def stopped(course: Course) -> None:
    assert course.run
    course.run.stop("requested")
    course.run.stop("shutdown")
    await asyncio.Event().wait()


async def stopped_when_whole(course: Course) -> None:
    assert course.run
    # It comes when the request has ended, and before the run has seen that.
    asyncio.get_running_loop().call_soon(course.run.stop, "requested")


async def stopped_and_broken(course: Course) -> None:
    try:
        await stopped(course)
    except asyncio.CancelledError:
        raise UpstreamFault("UPSTREAM_DISCONNECTED") from None


async def cancelled(_course: Course) -> None:
    raise asyncio.CancelledError


async def full(_course: Course) -> None:
    raise OSError("no room")


async def locked(course: Course) -> None:
    await course.unlocked.wait()


async def stops_too_late(course: Course) -> None:
    assert course.run
    course.run.stop("requested")


COURSES = {
    "whole": Course(whole, Completed, ["begin", "whole", "stored", "end"]),
    "failed": Course(broken, Failed, ["begin", "failure", "stored", "end"]),
    "stopped": Course(stopped, Stopped, ["begin", "stop", "cut", "stored", "end"]),
    "stopped before it began": Course(
        whole, Stopped, ["stop", "cut", "stored", "end"], stop_first=True
    ),
    "stopped when it was whole": Course(
        stopped_when_whole, Completed, ["begin", "stop", "whole", "stored", "end"]
    ),
    "stopped, and the request broke": Course(
        stopped_and_broken, Failed, ["begin", "stop", "failure", "stored", "end"]
    ),
    "cancelled from outside": Course(cancelled, Stopped, ["begin", "cut", "stored", "end"]),
    "not stored": Course(whole, Failed, ["begin", "whole", "not stored", "end"], store=full),
    "stored late": Course(whole, Completed, ["begin", "whole", "late", "end"], store=locked),
    "stopped while it is stored": Course(
        whole, Completed, ["begin", "whole", "stored", "end"], store=stops_too_late
    ),
}


async def walked(course: Course, monkeypatch: pytest.MonkeyPatch) -> tuple[Terminal, Run]:
    """The end of a run that takes this course, and the run."""
    if course.store is locked:
        monkeypatch.setattr(run_module, "STORE_WAIT_S", 0)
    tapes = MemoryTapes(ttl_s=3_600, max_bytes_each=1_000, max_bytes=1_000)

    class Model:
        finish_reason, total_tokens, prompt_tokens, model = "stop", 1, 0, "gpt-4"

        async def read(self, on_texts: OnTexts, on_asides: OnAsides | None = None) -> None:
            await course.read(course)

    async def store(_text: str, _terminal: Terminal) -> None:
        if course.store:
            await course.store(course)

    outlook = Outlook(Metrics(), store, 3_600, lambda _: ())
    course.unlocked = asyncio.Event()
    course.run = run = Run(await tapes.create(LABEL), Model(), outlook)
    if course.stop_first:
        run.stop("requested")
    terminal = await run.produce(())
    course.unlocked.set()
    if run.storing:
        await asyncio.wait((run.storing,))
    await tapes.close()
    return terminal, run


def moves_in(caplog: pytest.LogCaptureFixture) -> list[tuple[str, str]]:
    """Each move that was logged: from which state, and what happened."""
    return [
        (str(record.args[2]), str(record.args[1]))
        for record in caplog.records
        if record.msg == "run %s: %s, from %s" and isinstance(record.args, tuple)
    ]


@pytest.mark.parametrize("name", COURSES)
async def test_each_course_leads_to_its_end_by_the_table(
    name: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, "tokentape.streaming")
    course = COURSES[name]
    terminal, run = await walked(course, monkeypatch)
    assert (type(terminal), run.state) == (course.end, CLOSED)
    assert [happening for _, happening in moves_in(caplog)] == course.moves


async def test_the_courses_walk_every_row_and_no_other(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG, "tokentape.streaming")
    for course in COURSES.values():
        with monkeypatch.context() as patch:
            await walked(course, patch)
    rows = {(state, happening) for state, exits in RUN.items() for happening in exits}
    assert set(moves_in(caplog)) == rows


def test_every_way_leads_to_the_one_end() -> None:
    assert ends_of(RUN) == {CLOSED}
    reached, coming = {OPEN}, [OPEN]
    while coming:
        fresh = set(RUN[coming.pop()].values()) - reached
        reached |= fresh
        coming += fresh
    assert reached == set(RUN)


def test_a_stop_is_heard_until_the_outcome_is_decided() -> None:
    assert [state for state in RUN if may(state, "stop")] == ["opened", "reading"]
