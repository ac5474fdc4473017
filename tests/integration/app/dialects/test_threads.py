"""`threads` at its door: threads, their messages and pages of them, typed events in the documented
order."""

from pathlib import Path

from tests.integration.app.dialects.threads import (
    calling,
    events_of,
    text_of,
)
from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import HEAD, chunk, playing, refusal, said


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
            ("limit=000000001" + "9" * 30, "limit"),
            ("limit=000000001" + "0" * 5_000, "limit"),
            ("cursor=%FF", "cursor"),
            ("cursor=" + "A" * 100, "cursor"),
            ("cursor=", "cursor"),
        ):
            refused = await alice.http.get(f"/chat/threads?{query}")
            assert (query, refused.status_code) == (query, 422)
            assert f"`{field}`" in refused.json()["error"]["message"]


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
        for refusing in ("identity", "gzip;q=0", "br, GZIP ; q=0.000, identity"):
            plain = await alice.http.get(path, headers={"Accept-Encoding": refusing})
            assert (refusing, "content-encoding" in plain.headers) == (refusing, False)
            assert "Accept-Encoding" in plain.headers["vary"]
        little = await alice.http.get(path, headers={"Accept-Encoding": "gzip;q=0.01"})
        assert little.headers["content-encoding"] == "gzip"
        short = await alice.http.get("/chat/threads")
        assert "content-encoding" not in short.headers
        streamed = await alice.http.post(f"{path}/stream", json={"content": "Hi"})
        assert "content-encoding" not in streamed.headers
        assert text_of(events_of(streamed.text)) == long
