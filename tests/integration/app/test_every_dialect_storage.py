"""The store beneath a turn, in every dialect: PostgreSQL as well as SQLite, and one that fails."""

import sqlite3
from contextlib import closing
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
from tokentape.client.turn import Turn
from tokentape.client.viewer import conversation_of, verdict_of
from tokentape.contract.contract import Contract
from tokentape.contract.verdict import Expectation
from tokentape.runs import run
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
