"""The life of a run, in every dialect over every transport: detached, and ended exactly once."""

import asyncio
from pathlib import Path

from tests.integration.app.serving import (
    Served,
    every_contract,
    outcome_of_a_stop,
    returning,
    serving,
    settings_for,
    watched,
)
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.client.turn import Turn
from tokentape.client.viewer import Viewer, run_of, verdict_of
from tokentape.contract.contract import Contract
from tokentape.contract.verdict import Expectation
from tokentape.runs.events import TERMINAL
from tokentape.runs.tape import READ_LIMIT
from tokentape.store.conversations import Message

HELD: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
HELLO = Turn(message="Hello")


async def leave_after(viewer: Viewer, text: str) -> str:
    """Lose the connection once this text has come; the run's id."""
    async for seen in viewer.ask(HELLO):
        if seen.text == text:
            await viewer.drop()
            break
    run = run_of(viewer)
    assert run is not None
    return run


async def answer_of(app: Served, run: str) -> Message:
    """The answer as it is stored once the run has ended."""
    tape = await app.app.core.turns.tapes.find(run)
    assert tape is not None
    async with asyncio.timeout(60):
        while not await tape.ended():
            await tape.read(await tape.length() - 1, READ_LIMIT, 5)
    store = app.app.core.turns.store
    place = await store.run_owner(run)
    assert place is not None
    return (await store.messages(place.dialect, place.id, 9))[-1]


@every_contract
async def test_lost_connection_is_not_a_stop(contract: Contract, tmp_path: Path) -> None:
    async with playing(HELD) as upstream, serving(settings_for(tmp_path, upstream.url)) as app:
        async with app.viewer(contract) as viewer:
            run = await leave_after(viewer, "a")
        upstream.released.set()
        answer = await answer_of(app, run)
        assert (answer.content, answer.status) == ("ab", "complete")


def grace_s(contract: Contract) -> float:
    """Short, but where one request starts a run and another one views it, a busy machine must not
    end it in between."""
    return 1.0 if contract.before else 0.1


@every_contract
async def test_run_that_nobody_views_for_the_grace_period_is_abandoned(
    contract: Contract, tmp_path: Path
) -> None:
    settings = {"run_grace_s": grace_s(contract)}
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
    ):
        async with app.viewer(contract) as viewer:
            run = await leave_after(viewer, "a")
        async with asyncio.timeout(60):
            await upstream.left.wait()
        answer = await answer_of(app, run)
        assert (answer.content, answer.status) == ("a", "stopped")
        ended = f"tokentape_endings_total{{dialect={contract.dialect},kind=stopped,code=abandoned}}"
        assert app.app.core.metrics.snapshot()[ended] == 1


@every_contract
async def test_viewer_who_comes_back_in_time_keeps_the_run_alive(
    contract: Contract, tmp_path: Path
) -> None:
    settings = {"run_grace_s": 2.0}
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
    ):
        async with app.viewer(contract) as viewer:
            run = await leave_after(viewer, "a")
        async with app.viewer(contract) as second:
            back = second.resume(run, -1, returning(HELLO, viewer))
            seen = [await anext(back)]
            # The grace of one that was left later is over, too: only the viewer holds the first.
            async with asyncio.timeout(60), app.viewer(contract) as other:
                await leave_after(other, "a")
                await upstream.left.wait()
            upstream.released.set()
            seen += [one async for one in back]
        assert "".join(one.text or "" for one in seen) == "ab"
        assert [one.end for one in seen if one.end] == ["completed"]


@every_contract
async def test_run_that_is_waited_for_outlives_the_grace_period(
    contract: Contract, tmp_path: Path
) -> None:
    script: Script = [HEAD, Hold(), chunk("late"), finish(), DONE]
    settings = {"run_grace_s": grace_s(contract)}
    async with (
        playing(script) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
        app.viewer(contract) as viewer,
    ):
        asking = asyncio.create_task(watched(viewer, HELLO))
        await upstream.held.wait()
        # The grace of one that began later, and whose viewer left, is over.
        upstream.held.clear()
        async with asyncio.timeout(60), app.viewer(contract) as other:
            unheard = asyncio.create_task(watched(other, HELLO))
            await upstream.held.wait()
            await other.drop()
            await upstream.left.wait()
            await asyncio.gather(unheard, return_exceptions=True)
        upstream.released.set()
        assert (await asking).outcome == "completed"


@every_contract
async def test_second_stop_and_a_stop_after_the_end_change_nothing(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        async for seen in viewer.ask(HELLO):
            if seen.text == "a":
                await viewer.stop()
                await viewer.stop()
        await viewer.stop()
        expected = Expectation(text="a", outcome=outcome_of_a_stop(contract))
        assert verdict_of(viewer, expected).violations == ()
        answer = await answer_of(app, run_of(viewer) or "")
        assert (answer.content, answer.status) == ("a", "stopped")


@every_contract
async def test_two_viewers_see_the_same_and_one_stop_ends_both(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as first,
        app.viewer(contract) as second,
    ):
        also: asyncio.Task[None] | None = None
        watching = asyncio.Event()

        async def watch(run: str) -> None:
            async for _ in second.resume(run, -1, returning(HELLO, first)):
                watching.set()

        async for seen in first.ask(HELLO):
            if seen.text == "a":
                also = asyncio.create_task(watch(run_of(first) or ""))
                await watching.wait()
                await first.stop()
        assert also is not None
        await also
        told = [[(one.seq, one.event, one.payload) for one in v.timeline] for v in (first, second)]
        assert told[0] == told[1]
        ends = [one.end for one in first.timeline if one.end]
        assert ends == [outcome_of_a_stop(contract)]


@every_contract
async def test_tape_holds_one_terminal_event_and_it_is_the_last(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("a", "b"), [HEAD, chunk("a")]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        for kind in ("Completed", "Failed"):
            await watched(viewer, HELLO)
            tape = await app.app.core.turns.tapes.find(run_of(viewer) or "")
            assert tape is not None
            entries = await tape.read(-1, READ_LIMIT, 0)
            assert [entry.seq for entry in entries] == list(range(len(entries)))
            ends = [type(one.event).__name__ for one in entries if isinstance(one.event, TERMINAL)]
            assert ends == [kind] == [type(entries[-1].event).__name__]
            # What the client saw is what the tape holds: one event each.
            assert [seen.seq for seen in viewer.timeline] == [entry.seq for entry in entries]
            with_end = [seen.end for seen in viewer.timeline if seen.end]
            assert len(with_end) == 1
