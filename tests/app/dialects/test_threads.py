"""`threads` at its door: REST, typed events in the documented order, stop, resume, limits."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.app.dialects.threads import (
    calling,
    events_of,
    kinds_of,
    text_of,
)
from tests.app.serving import Served, serving, settings_for
from tests.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, refusal, said

HELD: Script = [HEAD, chunk("so "), chunk("far"), Hold(), chunk("!"), finish(), DONE]


async def test_thread_is_made_listed_renamed_and_deleted(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        first = await alice.thread("One")
        second = await alice.thread("Two")
        listed = (await alice.http.get("/chat/threads")).json()
        assert [one["title"] for one in listed["threads"]] == ["Two", "One"]
        assert listed["nextCursor"] is None
        one = listed["threads"][1]
        assert sorted(one) == ["createdAt", "id", "title", "workflow"]
        renamed = await alice.http.patch(f"/chat/threads/{first}", json={"title": "Eins"})
        assert renamed.json() == {"thread": one | {"title": "Eins"}}
        await alice.say(second, "Hello")
        gone = await alice.http.delete(f"/chat/threads/{second}")
        assert (gone.status_code, gone.content) == (204, b"")
        for path in (f"/chat/threads/{second}", f"/chat/threads/{second}/messages"):
            assert (await alice.http.get(path)).status_code == 404
        assert await app.count_messages() == 0


async def test_answer_comes_as_typed_events_and_is_stored(tmp_path: Path) -> None:
    async with (
        playing(said("Hello", " there!")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        events = await alice.say(thread, "Hi")
        run = events[0]["runId"]
        question, answer = await alice.messages(thread)
        assert [(event["type"], event["data"]) for event in events] == [
            ("connected", {"threadId": thread}),
            ("message_saved", {"message": question}),
            ("ai_response", {"content": "Hello", "isComplete": False}),
            ("ai_response", {"content": " there!", "isComplete": False}),
            (
                "ai_response",
                {
                    "content": "",
                    "isComplete": True,
                    "accumulated": "Hello there!",
                    "finishReason": "stop",
                    "messageId": answer["id"],
                },
            ),
            ("done", {"success": True, "finishReason": "stop"}),
        ]
        assert (answer["content"], answer["status"], answer["runId"]) == (
            "Hello there!",
            "complete",
            run,
        )


async def test_whole_answer_is_the_same_run_underneath(tmp_path: Path) -> None:
    async with (
        playing(said("Hello", " there!"), refusal(500, {}), [HEAD, chunk("a")]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        path = f"/chat/threads/{thread}/messages"
        told = (await alice.http.post(path, json={"content": "Hi"})).json()
        question, answer = await alice.messages(thread)
        assert question["content"] == "Hi"
        assert told["response"] == "Hello there!"
        assert told["message"] == answer
        assert told["finishReason"] == "stop"
        again = await alice.http.get(f"/chat/threads/{thread}/runs/{told['runId']}/events")
        assert text_of(events_of(again.text)) == "Hello there!"
        for code in ("UPSTREAM_REFUSED", "UPSTREAM_TRUNCATED"):
            failed = await alice.http.post(path, json={"content": "Hi"})
            assert (failed.status_code, failed.json()["error"]["code"]) == (502, code)
        assert [one["status"] for one in await alice.messages(thread)][3::2] == ["failed"] * 2


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
    limits = {"upstream_first_token_timeout_s": 0.3, "upstream_stall_timeout_s": 0.3}
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
        async with asyncio.timeout(2):
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
        async with asyncio.timeout(2):
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


async def test_own_messages_are_edited_and_deleted_and_nothing_else(tmp_path: Path) -> None:
    async with (
        playing(said("Hi"), said("Ho")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
        calling(app.url, "bob") as bob,
    ):
        thread, other = await alice.thread(), await alice.thread()
        await alice.say(thread, "Hello")
        question, answer = await alice.messages(thread)
        path = f"/chat/threads/{thread}/messages"
        for caller, place, message in (
            (alice, thread, answer),  # said by somebody else
            (alice, other, question),  # is not there
            (bob, thread, question),
        ):
            away = f"/chat/threads/{place}/messages/{message['id']}"
            for request in (
                caller.http.patch(away, json={"content": "x"}),
                caller.http.delete(away),
            ):
                refused = await request
                assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
        edited = await alice.http.patch(f"{path}/{question['id']}", json={"content": "Hallo"})
        assert edited.json() == {"message": question | {"content": "Hallo"}}
        empty = await alice.http.patch(f"{path}/{question['id']}", json={"content": " "})
        assert (empty.status_code, "`content`" in empty.text) == (422, True)
        await alice.say(thread, "More")
        assert [one["content"] for one in upstream.requests[-1]["messages"]] == [
            "Hallo",
            "Hi",
            "More",
        ]
        assert (await alice.http.delete(f"{path}/{question['id']}")).status_code == 204
        assert [one["content"] for one in await alice.messages(thread)] == ["Hi", "More", "Ho"]


async def test_pages_hold_still_while_messages_arrive_and_go(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        for number in range(4):
            await alice.say(thread, f"m{number}")
        whole = [one["id"] for one in await alice.messages(thread)]
        seen: list[str] = []
        cursor: str | None = None
        path = f"/chat/threads/{thread}/messages"
        while True:
            asked = {"limit": "3"} | ({"cursor": cursor} if cursor else {})
            page = (await alice.http.get(path, params=asked)).json()
            seen += [one["id"] for one in page["messages"]]
            cursor = page["nextCursor"]
            if len(seen) <= 3:
                await alice.say(thread, "late")  # arrives between two pages
                await alice.http.delete(f"{path}/{whole[2]}")  # the last one that was seen
            if cursor is None:
                break
        assert seen[:8] == whole
        assert len(seen) == len(set(seen)) == 10


async def test_threads_are_paged_newest_first_while_others_are_made(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        made = [await alice.thread(f"t{number}") for number in range(5)]
        first = (await alice.http.get("/chat/threads?limit=2")).json()
        await alice.thread("new")
        await alice.http.delete(f"/chat/threads/{made[3]}")
        rest = await alice.http.get(f"/chat/threads?limit=9&cursor={first['nextCursor']}")
        seen = [*first["threads"], *rest.json()["threads"]]
        assert [one["id"] for one in seen] == made[::-1]
        for query, field in (
            ("limit=0", "limit"),
            ("limit=201", "limit"),
            ("limit=x", "limit"),
            ("limit=-1", "limit"),
            ("cursor=%FF", "cursor"),
            ("cursor=" + "A" * 100, "cursor"),
            ("cursor=", "cursor"),
        ):
            refused = await alice.http.get(f"/chat/threads?{query}")
            assert (query, refused.status_code) == (query, 422)
            assert f"`{field}`" in refused.json()["error"]["message"]


ROUTES = [
    ("POST", "/chat/threads"),
    ("GET", "/chat/threads"),
    ("GET", "/chat/threads/{id}"),
    ("PATCH", "/chat/threads/{id}"),
    ("DELETE", "/chat/threads/{id}"),
    ("GET", "/chat/threads/{id}/messages"),
    ("POST", "/chat/threads/{id}/messages"),
    ("POST", "/chat/threads/{id}/messages/stream"),
    ("PATCH", "/chat/threads/{id}/messages/{message}"),
    ("DELETE", "/chat/threads/{id}/messages/{message}"),
    ("GET", "/chat/threads/{id}/runs/{run}/events"),
    ("POST", "/chat/threads/{id}/runs/{run}/stop"),
    ("GET", "/chat/workflows"),
    ("POST", "/chat/documents"),
    ("GET", "/chat/documents"),
    ("GET", "/chat/documents/{document}"),
    ("DELETE", "/chat/documents/{document}"),
]
SHARED = ("POST /chat/threads", "GET /chat/threads", "GET /chat/workflows", "GET /chat/documents")
BODY = {"title": "t", "content": "c", "text": "t", "level": "public"}


async def test_every_route_needs_a_token_and_tells_others_nothing(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
        calling(app.url, "bob", clearance="confidential") as bob,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as nobody,
    ):
        thread = await alice.thread()
        run = (await alice.say(thread, "Hello"))[0]["runId"]
        message = (await alice.messages(thread))[0]["id"]
        names = {"id": thread, "run": run, "message": message, "document": "d"}
        before = await alice.messages(thread)
        for method, template in ROUTES:
            path = template.format(**names)
            body = BODY if method in ("POST", "PATCH") else None
            for headers in ({}, {"Authorization": "Bearer sk-key"}, {"Authorization": "Bearer x"}):
                refused = await nobody.request(method, path, json=body, headers=headers)
                assert (path, refused.status_code) == (path, 401)
                assert refused.json()["error"]["code"] == "UNAUTHORIZED"
            if f"{method} {template}" in (*SHARED, "POST /chat/documents"):
                continue
            away = await bob.http.request(method, path, json=body)
            missing = await bob.http.request(
                method, template.format(**dict.fromkeys(names, "never-was")), json=body
            )
            assert (path, away.status_code) == (path, 404)
            assert away.content == missing.content
        assert (await bob.http.get("/chat/threads")).json()["threads"] == []
        assert await alice.messages(thread) == before
        # A run is found in its own thread alone.
        other = await alice.thread()
        astray = await alice.http.get(f"/chat/threads/{other}/runs/{run}/events")
        assert astray.status_code == 404


BAD: list[tuple[str, str, Any, int, str]] = [
    ("POST", "/chat/threads", {}, 422, "`title`"),
    ("POST", "/chat/threads", {"title": " "}, 422, "`title`"),
    ("POST", "/chat/threads", {"title": "x" * 201}, 422, "`title`"),
    ("POST", "/chat/threads", {"title": 7}, 422, "`title`"),
    ("POST", "/chat/threads", {"title": "t", "workflow": "onbording"}, 422, "onboarding"),
    ("POST", "/chat/threads", {"title": "t", "workflow": 1}, 422, "`workflow`"),
    ("POST", "/chat/threads", [], 400, "object"),
    ("PATCH", "/chat/threads/{id}", {"title": ""}, 422, "`title`"),
    ("POST", "/chat/threads/{id}/messages", {}, 422, "`content`"),
    ("POST", "/chat/threads/{id}/messages", {"content": "x" * 101}, 422, "101 characters"),
    ("POST", "/chat/threads/{id}/messages/stream", {"content": ["x"]}, 422, "`content`"),
    ("POST", "/chat/documents", {"title": "t", "text": "x"}, 422, "`level`"),
    ("POST", "/chat/documents", {"title": "t", "text": "x", "level": "secret"}, 422, "`level`"),
    ("POST", "/chat/documents", {"title": "t", "text": "", "level": "public"}, 422, "`text`"),
    (
        "POST",
        "/chat/documents",
        {"title": "t", "text": "x" * 201, "level": "public"},
        422,
        "`text`",
    ),
]


async def test_bad_input_is_refused_by_name_and_changes_nothing(tmp_path: Path) -> None:
    limits = {"max_message_chars": 100, "max_document_chars": 200}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        for method, path, body, status, named in BAD:
            refused = await alice.http.request(method, path.format(id=thread), json=body)
            assert (path, body, refused.status_code) == (path, body, status)
            assert refused.json()["error"]["code"] == "BAD_REQUEST"
            assert named in refused.json()["error"]["message"]
        for bad in (b"", b"{", b'{"title": "\xff"}', b'{"title":' + b"[" * 100_000):
            for path in ("/chat/threads", "/chat/documents"):
                assert (await alice.http.post(path, content=bad)).status_code == 400
        huge = json.dumps({"title": "t", "extra": "x" * 1_000_001})
        assert (await alice.http.post("/chat/threads", content=huge)).status_code == 413
        assert upstream.requests == []
        assert await app.count_messages() == 0
        assert len((await alice.http.get("/chat/threads")).json()["threads"]) == 1


async def test_threads_of_a_user_have_a_bound(tmp_path: Path) -> None:
    async with (
        playing() as upstream,
        serving(settings_for(tmp_path, upstream.url, max_threads=1)) as app,
        calling(app.url) as alice,
        calling(app.url, "bob") as bob,
    ):
        first = await alice.thread()
        refused = await alice.http.post("/chat/threads", json={"title": "One too many"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "BAD_REQUEST")
        assert "1 thread already" in refused.json()["error"]["message"]
        await bob.thread()
        await alice.http.delete(f"/chat/threads/{first}")
        await alice.thread()


async def test_second_message_while_one_is_answered_is_busy_and_limits_are_counted(
    tmp_path: Path,
) -> None:
    limits = {"rate_limit_authenticated": "3/15 minutes"}
    async with (
        playing(HELD, said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        path = f"/chat/threads/{thread}/messages"
        saying = asyncio.create_task(alice.say(thread, "Hi"))
        await upstream.held.wait()
        busy = await alice.http.post(path, json={"content": "Hi"})
        assert (busy.status_code, busy.json()["error"]["code"]) == (409, "BUSY")
        upstream.released.set()
        await saying
        whole = await alice.http.post(path, json={"content": "Hi"})
        assert whole.headers["ratelimit-remaining"] == "0"
        for way in (path, f"{path}/stream"):
            limited = await alice.http.post(way, json={"content": "Hi"})
            assert (limited.status_code, limited.json()["error"]["code"]) == (429, "RATE_LIMIT")
            assert int(limited.headers["retry-after"]) > 0
        assert len(await alice.messages(thread)) == 4


async def test_long_answers_are_gzipped_where_that_is_taken_and_streams_never(
    tmp_path: Path,
) -> None:
    long = "word " * 1_000
    async with (
        playing(said(long)) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        path = f"/chat/threads/{thread}/messages"
        whole = await alice.http.post(path, json={"content": "Hi"})
        listed = await alice.http.get(path)
        for answer in (whole, listed):
            assert answer.headers["content-encoding"] == "gzip"
            assert int(answer.headers["content-length"]) < 1_000
            assert long in answer.text
        plain = await alice.http.get(path, headers={"Accept-Encoding": "identity"})
        assert "content-encoding" not in plain.headers
        short = await alice.http.get("/chat/threads")
        assert "content-encoding" not in short.headers
        streamed = await alice.http.post(f"{path}/stream", json={"content": "Hi"})
        assert "content-encoding" not in streamed.headers
        assert text_of(events_of(streamed.text)) == long


async def test_thread_deleted_between_look_and_start_is_not_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        calling(app.url) as alice,
    ):
        thread = await alice.thread()
        store = app.app.core.turns.store
        begin = store.begin

        async def late(*given: Any) -> None:
            await alice.http.delete(f"/chat/threads/{thread}")
            await begin(*given)

        monkeypatch.setattr(store, "begin", late)
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
        store = app.app.core.turns.store
        begin = store.begin

        async def early(*given: Any) -> None:
            await begin(*given)
            await alice.http.delete(f"/chat/threads/{thread}")

        monkeypatch.setattr(store, "begin", early)
        events = await alice.say(thread, "Hi")
        assert events[-1]["data"] == {"success": True, "stopped": True}
        assert upstream.requests == []
        assert await app.count_messages() == 0
        assert app.app.core.runs.count == 0
