"""`threads` while an answer runs: errors, stops, threads that are deleted or renamed meanwhile."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.app.dialects.threads import (
    HELD,
    calling,
    kinds_of,
    text_of,
)
from tests.integration.app.serving import Served, serving, settings_for
from tests.integration.app.upstream import HEAD, Hold, Script, chunk, playing, refusal, said

STAGES: dict[str, tuple[str, Script]] = {
    "before the first token": ("UPSTREAM_REFUSED", refusal(500, {"error": {"message": "sk-x"}})),
    "rate limit": ("UPSTREAM_RATE_LIMIT", refusal(429, {})),
    "in mid-answer": ("UPSTREAM_TRUNCATED", [HEAD, chunk("half")]),
    "stalled": ("UPSTREAM_TIMEOUT", [HEAD, chunk("half"), Hold()]),
    "silent": ("UPSTREAM_TIMEOUT", [HEAD, Hold()]),
}


@pytest.mark.parametrize("stage", STAGES)
async def test_error_at_any_stage_is_told_once_and_then_done(stage: str, tmp_path: Path) -> None:
    code, script = STAGES[stage]
    limit_s = 1 if code == "UPSTREAM_TIMEOUT" else 60
    limits = {"upstream_first_token_timeout_s": limit_s, "upstream_stall_timeout_s": limit_s}
    async with (
        playing(script) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        events = await alice.say(thread, "Hi")
        assert [event["type"] for event in events][-2:] == ["error", "done"]
        error, done = events[-2]["data"], events[-1]["data"]
        assert (error["code"], done) == (code, {"success": False, "code": code})
        assert "sk-x" not in error["error"]
        assert (await alice.messages(thread))[1]["status"] == "failed"


async def test_stop_ends_with_the_text_so_far_and_closes_the_upstream(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        saying = asyncio.create_task(alice.say(thread, "Hi"))
        await upstream.held.wait()
        run = await run_in(app, thread)
        stopping = await alice.http.post(f"/chat/threads/{thread}/runs/{run}/stop")
        assert (stopping.status_code, stopping.json()) == (202, {"runId": run, "stopped": True})
        async with asyncio.timeout(60):
            await upstream.left.wait()
        events = await saying
        assert kinds_of(events)[-2:] == ["ai_response_end", "stopped"]
        assert events[-2]["data"]["accumulated"] == "so far"
        assert events[-1]["data"] == {"success": True, "stopped": True}
        assert (await alice.messages(thread))[1]["status"] == "stopped"
        again = await alice.http.post(f"/chat/threads/{thread}/runs/{run}/stop")
        assert (again.status_code, again.json()["stopped"]) == (202, False)


async def run_in(app: Served, thread: str) -> str:
    (_, answer) = await app.app.core.turns.store.messages("threads", thread, 2)
    assert answer.run_id is not None
    return answer.run_id


async def test_thread_deleted_in_mid_run_stops_the_run_and_ends_its_stream(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        saying = asyncio.create_task(alice.say(thread, "Hi"))
        await upstream.held.wait()
        assert (await alice.http.delete(f"/chat/threads/{thread}")).status_code == 204
        async with asyncio.timeout(60):
            await upstream.left.wait()
        events = await saying
        assert events[-1]["data"] == {"success": True, "stopped": True}
        refused = await alice.http.post(
            f"/chat/threads/{thread}/messages/stream", json={"content": "More"}
        )
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert await app.count_messages() == 0
        assert app.app.core.runs.count == 0


async def test_thread_renamed_in_mid_run_goes_on(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread("Before")
        saying = asyncio.create_task(alice.say(thread, "Hi"))
        await upstream.held.wait()
        renamed = await alice.http.patch(f"/chat/threads/{thread}", json={"title": "After"})
        assert renamed.json()["thread"]["title"] == "After"
        upstream.released.set()
        assert text_of(await saying) == "so far!"


def beside_the_question(
    monkeypatch: pytest.MonkeyPatch,
    app: Served,
    act: Callable[[], Awaitable[object]],
    *,
    before: bool,
) -> None:
    """Act just before, or just after, a turn's question is stored."""
    store = app.app.core.turns.store
    begin = store.begin

    async def disturbed(*given: Any) -> None:
        if before:
            await act()
        await begin(*given)
        if not before:
            await act()

    monkeypatch.setattr(store, "begin", disturbed)


async def test_thread_deleted_between_look_and_start_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        delete = partial(alice.http.delete, f"/chat/threads/{thread}")
        beside_the_question(monkeypatch, app, delete, before=True)
        path = f"/chat/threads/{thread}/messages/stream"
        refused = await alice.http.post(path, json={"content": "Hi"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert upstream.requests == []
        assert app.app.core.runs.count == 0


async def test_thread_deleted_between_question_and_start_is_not_answered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        delete = partial(alice.http.delete, f"/chat/threads/{thread}")
        beside_the_question(monkeypatch, app, delete, before=False)
        events = await alice.say(thread, "Hi")
        assert events[-1]["data"] == {"success": True, "stopped": True}
        assert upstream.requests == []
        assert await app.count_messages() == 0
        assert app.app.core.runs.count == 0
