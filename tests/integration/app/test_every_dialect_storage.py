"""The store beneath a turn, in every dialect: PostgreSQL as well as SQLite, and one that fails."""

import asyncio
import logging
import sqlite3
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.integration.app.doors import door, spelled
from tests.integration.app.serving import (
    CONVERSING,
    SPOKEN,
    Served,
    every_contract,
    serving,
    settings_for,
    watched,
)
from tests.integration.app.upstream import (
    DONE,
    HEAD,
    Hold,
    chunk,
    finish,
    playing,
    said,
)
from tokentape.client.turn import Turn, TurnRefused
from tokentape.client.viewer import conversation_of, verdict_of
from tokentape.contract.contract import Contract
from tokentape.contract.verdict import Expectation
from tokentape.runs import run
from tokentape.store import backends, lease
from tokentape.store.database import open_engine

FULL = "SELECT RAISE(FAIL, 'database or disk is full')"


async def told(app: Served, statement: str) -> None:
    engine = open_engine(app.app.core.settings.database_url)
    async with engine.begin() as connection:
        await connection.execute(text(statement))
    await engine.dispose()


async def test_turns_are_kept_in_every_kind_of_database(database: str, tmp_path: Path) -> None:
    async with (
        playing(said("Grüße ", "\U0001f600")) as upstream,
        serving(settings_for(tmp_path, upstream.url, database_url=database)) as app,
    ):
        for contract in SPOKEN:
            async with app.viewer(contract) as viewer:
                verdict = await watched(viewer, Turn(message="Hello"))
                assert (verdict.violations, verdict.outcome) == ((), "completed")
                again = Turn(message="More", conversation=conversation_of(viewer))
                assert (await watched(viewer, again)).outcome == "completed"
                stored = [(one.content, one.status) for one in await app.stored(viewer)]
                assert stored[-2:] == [("More", "complete"), ("Grüße \U0001f600", "complete")]
                assert len(stored) == (4 if contract in CONVERSING else 2)


@every_contract
async def test_turn_that_can_not_be_stored_is_refused_and_the_next_one_runs(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        door(app.url, contract) as one,
    ):
        await told(app, f"CREATE TRIGGER full BEFORE INSERT ON messages BEGIN {FULL}; END")
        turn = spelled(contract, Turn(message="A secret"))
        reply = await one.start(turn)
        assert (reply.code, reply.status) in (("INTERNAL", None), ("INTERNAL", 500))
        assert "disk" not in repr(reply.told)
        assert upstream.requests == []
        await told(app, "DROP TRIGGER full")
        assert await app.count_messages() == 0
        assert (await one.start(turn)).code is None


@every_contract
async def test_end_is_told_while_somebody_locks_the_database_and_stored_when_the_lock_goes(
    contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "STORE_WAIT_S", 0.1)
    async with (
        playing([HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        store = app.app.core.turns.store
        with closing(sqlite3.connect(tmp_path / "app.db", isolation_level=None)) as other:
            async for seen in viewer.ask(Turn(message="Hello")):
                if seen.text == "a":
                    other.execute("BEGIN IMMEDIATE")
                    upstream.released.set()
            verdict = verdict_of(viewer, Expectation(text="ab", outcome="completed"))
            assert (verdict.violations, verdict.code) == ((), None)
            assert (await app.stored(viewer))[1].status == "running"
            other.execute("ROLLBACK")
        # What is written is written in order; what was given up meanwhile is owed.
        await store.writer.do(store.lease.touch)
        await store.lease.pay()
        answer = (await app.stored(viewer))[1]
        assert (answer.content, answer.status, answer.code) == ("ab", "complete", None)
        again = Turn(message="More", conversation=conversation_of(viewer))
        assert (await watched(viewer, again)).outcome == "completed"


LOCKED = """
import sqlite3, sys
other = sqlite3.connect(sys.argv[1], isolation_level=None)
for _ in sys.stdin:
    other.execute("ROLLBACK" if other.in_transaction else "BEGIN IMMEDIATE")
    print(other.in_transaction, flush=True)
"""


@asynccontextmanager
async def locker(file: Path) -> AsyncIterator[Callable[[], Awaitable[bool]]]:
    """Another process, which locks the database, or lets it go; whether it has it then."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOCKED, str(file), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None
    assert process.stdout is not None
    asked, answers = process.stdin, process.stdout

    async def turn() -> bool:
        asked.write(b"\n")
        return await answers.readline() == b"True\n"

    yield turn
    asked.close()
    assert await process.wait() == 0


class GivenUp(logging.Handler):
    """Notes when the store has waited in vain for the database twice."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0
        self.twice = asyncio.Event()

    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "the store takes no sign of life: OperationalError":
            self.times += 1
            if self.times == 2:
                self.twice.set()


async def test_nothing_is_lost_while_another_process_locks_the_database_longer_than_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As for 22 s, in which SQLite waits its 10 twice: here both are a hundredth, and the lock goes
    when they are over. Nobody who looks at an answer waits for that."""
    assert backends.BUSY_TIMEOUT_MS == 10_000
    monkeypatch.setattr(backends, "BUSY_TIMEOUT_MS", 100)
    monkeypatch.setattr(lease, "AGAIN_S", 0.01)
    monkeypatch.setattr(run, "STORE_WAIT_S", 0)
    given_up, log = GivenUp(), logging.getLogger("tokentape.store")
    async with (
        playing([HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        locker(tmp_path / "app.db") as turn,
        AsyncExitStack() as stack,
    ):
        viewers = [await stack.enter_async_context(app.viewer(contract)) for contract in SPOKEN]
        begun = [asyncio.Event() for _ in viewers]

        async def see(number: int) -> None:
            async for seen in viewers[number].ask(Turn(message="Hello")):
                if seen.text == "a":
                    begun[number].set()

        looking = [asyncio.create_task(see(number)) for number in range(len(viewers))]
        await asyncio.gather(*(one.wait() for one in begun))
        assert await turn()
        log.addHandler(given_up)
        stack.callback(log.removeHandler, given_up)
        upstream.released.set()
        await asyncio.gather(*looking)
        for viewer in viewers:
            verdict = verdict_of(viewer, Expectation(text="ab", outcome="completed"))
            assert (verdict.violations, verdict.code) == ((), None), viewer.contract.key
        await given_up.twice.wait()
        stored = await app.count_messages()
        for viewer in viewers:
            assert (await app.stored(viewer))[1].status == "running"
            if viewer.contract.before:  # a thread is made first, and that is refused already
                async with app.viewer(viewer.contract) as fresh:
                    with pytest.raises(TurnRefused) as refused:
                        await watched(fresh, Turn(message="More"))
                assert (refused.value.code, refused.value.status) == ("INTERNAL", 500)
                continue
            async with door(app.url, viewer.contract) as one:
                reply = await one.start(spelled(viewer.contract, Turn(message="More")))
                assert (reply.code, reply.status) in (("INTERNAL", None), ("INTERNAL", 500))
                assert "locked" not in repr(reply.told)
        assert await app.count_messages() == stored, "a turn that was refused is not stored"
        assert not await turn()
        store = app.app.core.turns.store
        await store.writer.do(store.lease.touch)
        await store.lease.pay()
        for viewer in viewers:
            answer = (await app.stored(viewer))[1]
            assert (answer.content, answer.status, answer.code) == ("ab", "complete", None)
            more = Turn(message="More", conversation=conversation_of(viewer))
            assert (await watched(viewer, more)).outcome == "completed"


@every_contract
async def test_answer_that_can_not_be_stored_fails_and_frees_its_conversation(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        await told(app, f"CREATE TRIGGER full BEFORE UPDATE ON messages BEGIN {FULL}; END")
        expected = Expectation(text="Hi", outcome="failed")
        verdict = await watched(viewer, Turn(message="Hello"), expected)
        assert (verdict.violations, verdict.code) == ((), "INTERNAL")
        await told(app, "DROP TRIGGER full")
        await app.app.core.turns.store.lease.pay()
        answer = (await app.stored(viewer))[1]
        assert (answer.content, answer.status, answer.code) == ("Hi", "failed", "INTERNAL")
        again = Turn(message="More", conversation=conversation_of(viewer))
        assert (await watched(viewer, again)).outcome == "completed"
