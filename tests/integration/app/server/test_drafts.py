"""Drafts: what a killed server leaves of the answers that it was telling."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from tests.integration.app.serving import SPOKEN, Served, serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing
from tokentape.client.turn import Turn
from tokentape.client.viewer import run_of
from tokentape.server import drafts
from tokentape.server.drafts import Drafts
from tokentape.store.conversations import Message, Store
from tokentape.store.tables import WORKERS

HELD: Script = [HEAD, chunk("so "), chunk("far\x00"), Hold(), chunk("!"), finish(), DONE]
HELLO = Turn(message="Hello")


async def answer_in(app: Served, run: str | None) -> Message:
    found = await app.app.core.turns.store.answer_of(run or "")
    assert found is not None
    return found[1]


async def test_killed_server_leaves_what_its_answers_said_so_far(
    database: str, tmp_path: Path
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, database_url=database)) as app,
        app.viewer(SPOKEN[0]) as viewer,
    ):
        store = app.app.core.turns.store
        kept = Drafts(app.app.core.runs, store)
        said = ""
        async for seen in viewer.ask(HELLO):
            said += seen.text or ""
            if said != "so far\x00":
                continue
            await kept.store()
            draft = await answer_in(app, run_of(viewer))
            assert (draft.content, draft.status) == ("so far\ufffd", "running")
            # For the next one to start, this process looks like one that was killed elsewhere.
            async with store.engine.begin() as connection:
                long_ago = datetime(2020, 1, 1, tzinfo=UTC)
                await connection.execute(update(WORKERS).values(machine="gone", seen_at=long_ago))
            await (await Store.open(database)).close()
            left = await answer_in(app, run_of(viewer))
            assert (left.content, left.status) == ("so far\ufffd", "failed")
            # It was not: its end holds, and what comes too late for that changes nothing.
            upstream.released.set()
        ended = await answer_in(app, run_of(viewer))
        assert (ended.content, ended.status) == ("so far\ufffd!", "complete")
        await store.draft({ended.id: "late"})
        await kept.store()
        assert await answer_in(app, run_of(viewer)) == ended


async def test_only_what_has_grown_is_written_and_of_a_long_answer_its_beginning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drafts, "DRAFT_MAX_CHARS", 5)
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(SPOKEN[0]) as viewer,
    ):
        written: list[list[str]] = []

        class Noting:
            async def draft(self, texts: dict[str, str]) -> None:
                written.append(list(texts.values()))

        kept = Drafts(app.app.core.runs, Noting())  # type: ignore[arg-type]  # all that it uses
        async for seen in viewer.ask(HELLO):
            await kept.store()
            if seen.seq == 1:
                upstream.released.set()
        assert [len(one) for one in written] == [1] * len(written)
        assert len(written) <= 2
        assert written[-1] == ["so fa"]
        assert (await answer_in(app, run_of(viewer))).content == "so far\ufffd!"
