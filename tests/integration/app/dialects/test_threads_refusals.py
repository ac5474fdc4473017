"""`threads` to who may not, asks wrongly, or wants more than there is for them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx2

from tests.integration.app.dialects.threads import (
    HELD,
    calling,
)
from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import playing, said

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
        kind = {"Content-Type": "application/json"}
        for bad in (b"", b"{", b'{"title": "\xff"}', b'{"title":' + b"[" * 100_000):
            for path in ("/chat/threads", "/chat/documents"):
                refused = await alice.http.post(path, content=bad, headers=kind)
                assert (path, bad[:20], refused.status_code) == (path, bad[:20], 400)
        huge = json.dumps({"title": "t", "extra": "x" * 1_000_001})
        refused = await alice.http.post("/chat/threads", content=huge, headers=kind)
        assert refused.status_code == 413
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
    # What was refused as busy is not counted.
    limits = {"rate_limit_authenticated": "2/15 minutes"}
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
