"""`ai-sdk-ui`: a chat as `useChat` has it, by requests as its transport makes them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import orjson
import pytest

from tests.integration.app.serving import SECRET, Served, serving, settings_for
from tests.integration.app.test_every_dialect_session_ids import IDS
from tests.integration.app.upstream import (
    DONE,
    HEAD,
    Hold,
    Script,
    Stuck,
    Upstream,
    chunk,
    finish,
    playing,
    refusal,
    said,
)
from tokentape.access.tokens import sign
from tokentape.check.command import config_of
from tokentape.check.runner import check

HELD: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
CUT: Script = [HEAD, chunk("half")]
ANN, BOB = (
    {"Authorization": f"Bearer {sign(SECRET, name, 86_400, {})}"} for name in ("ann", "bob")
)
CHAT = "/api/chat"
MARK = "x-vercel-ai-ui-message-stream"


def message(role: str, text: str) -> dict[str, Any]:
    return {"id": f"{role}-{text}", "role": role, "parts": [{"type": "text", "text": text}]}


def body(*texts: str, chat: str = "main", **more: Any) -> dict[str, Any]:
    """As `DefaultChatTransport` makes it: texts of the user and of the assistant in turns."""
    roles = ("user", "assistant") * len(texts)
    messages = [message(role, text) for role, text in zip(roles, texts, strict=False)]
    return {"id": chat, "messages": messages, "trigger": "submit-message", **more}


def chunks(told: str) -> list[Any]:
    """The chunks of a stream; its heartbeats are left out."""
    data = [line[6:] for line in told.split("\n") if line.startswith("data: ")]
    return [one if one == "[DONE]" else orjson.loads(one) for one in data]


def kinds(told: str) -> list[str]:
    return [one if one == "[DONE]" else one["type"] for one in chunks(told)]


@asynccontextmanager
async def chatting(
    folder: Path, *scripts: Script, **settings: Any
) -> AsyncIterator[tuple[httpx2.AsyncClient, Upstream, Served]]:
    """A page's client, which keeps cookies as a browser does."""
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(folder, upstream.url, **settings)) as app,
        page(app) as http,
    ):
        yield http, upstream, app


def page(app: Served, **more: Any) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(base_url=app.url, trust_env=False, **more)


async def until_text(lines: AsyncIterator[str]) -> str:
    """What comes of a stream up to its first piece of text."""
    told = ""
    async for line in lines:
        told += f"{line}\n"
        if "text-delta" in line:
            break
    return told


async def rest_of(lines: AsyncIterator[str]) -> str:
    return "\n".join([line async for line in lines])


async def test_turn_is_answered_as_a_ui_message_stream(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("Hi", " there")) as (http, upstream, _):
        answer = await http.post(CHAT, json=body("Hello", "Yes?", "Again"))
        assert answer.headers[MARK] == "v1"
        assert kinds(answer.text) == [
            *("start", "start-step", "text-start", "text-delta", "text-delta", "text-end"),
            *("finish-step", "message-metadata", "finish", "[DONE]"),
        ]
        told = upstream.requests[0]["messages"]
        assert [(one["role"], one["content"]) for one in told] == [
            ("user", "Hello"),
            ("assistant", "Yes?"),
            ("user", "Again"),
        ]


async def test_answer_under_way_is_resumed_from_its_beginning_by_any_number_of_pages(
    tmp_path: Path,
) -> None:
    async with chatting(tmp_path, HELD) as (http, upstream, _):
        assert (await http.get(f"{CHAT}/main/stream")).status_code == 204
        async with http.stream("POST", CHAT, json=body("Hello")) as first:
            begun = await until_text(first.aiter_lines())
            async with http.stream("GET", f"{CHAT}/main/stream") as second:
                assert (second.status_code, second.headers[MARK]) == (200, "v1")
                assert chunks(await until_text(second.aiter_lines())) == chunks(begun)
                # What is under way is no message yet.
                shown = (await http.get(f"{CHAT}/main/messages")).json()["messages"]
                assert [one["role"] for one in shown] == ["user"]
            async with http.stream("GET", f"{CHAT}/main/stream") as third:
                upstream.released.set()
                told = (await third.aread()).decode()
        assert kinds(told).count("text-delta") == 2
        assert kinds(told)[-2:] == ["finish", "[DONE]"]
        assert (await http.get(f"{CHAT}/main/stream")).status_code == 204


async def test_chat_id_opens_nothing_that_another_caller_made(tmp_path: Path) -> None:
    async with chatting(tmp_path, HELD) as (http, upstream, app), AsyncExitStack() as pages:
        strangers = [
            await pages.enter_async_context(page(app, **who))
            for who in ({}, {"headers": BOB}, {"cookies": {"tokentape-visitor": "x"}})
        ]
        for mine in (http, await pages.enter_async_context(page(app, headers=ANN))):
            async with mine.stream("POST", CHAT, json=body("Hello")) as answer:
                lines = answer.aiter_lines()
                await until_text(lines)
                for stranger in strangers:
                    assert (await stranger.get(f"{CHAT}/main/stream")).status_code == 204
                    assert (await stranger.get(f"{CHAT}/main/messages")).status_code == 404
                    stopped = (await stranger.post(f"{CHAT}/main/stop")).json()
                    assert stopped == {"runId": None, "stopped": False}
                assert app.app.core.runs.count == 1
                upstream.released.set()
                await rest_of(lines)
            upstream.released.clear()
        upstream.released.set()
        # Their own chat of that name is another one.
        for stranger in strangers[:2]:
            assert (await stranger.post(CHAT, json=body("Mine"))).status_code == 200
            (question, _) = (await stranger.get(f"{CHAT}/main/messages")).json()["messages"]
            assert question["parts"][0]["text"] == "Mine"


async def test_visitors_cookie_is_for_the_chats_alone_and_out_of_scripts_reach(
    tmp_path: Path,
) -> None:
    async with chatting(tmp_path, said("Hi")) as (http, _, app):
        given = (await http.post(CHAT, json=body("Hello"))).headers["set-cookie"]
        told = {part.strip().partition("=")[0].lower() for part in given.split(";")}
        assert told == {"tokentape-visitor", "path", "httponly", "samesite"}
        assert "Path=/api/chat" in given
        # Who has one, or is somebody, or names no chat, needs none.
        assert "set-cookie" not in (await http.post(CHAT, json=body("Hello"))).headers
        async with page(app) as other:
            signed = await other.post(CHAT, json=body("Hello"), headers=ANN)
            assert "set-cookie" not in signed.headers
            unnamed = {"messages": [message("user", "Hello")]}
            assert "set-cookie" not in (await other.post(CHAT, json=unnamed)).headers


async def test_stop_ends_the_stream_with_an_abort(tmp_path: Path) -> None:
    async with chatting(tmp_path, HELD) as (http, upstream, _):
        async with http.stream("POST", CHAT, json=body("Hello")) as answer:
            lines = answer.aiter_lines()
            await until_text(lines)
            busy = await http.post(CHAT, json=body("More"))
            assert (busy.status_code, busy.json()["error"]["code"]) == (409, "BUSY")
            stopped = await http.post(f"{CHAT}/main/stop")
            assert (stopped.status_code, stopped.json()["stopped"]) == (202, True)
            assert kinds(await rest_of(lines))[-2:] == ["abort", "[DONE]"]
        await upstream.left.wait()
        (_, answered) = (await http.get(f"{CHAT}/main/messages")).json()["messages"]
        assert answered["metadata"]["status"] == "stopped"
        assert answered["metadata"]["runId"] == stopped.json()["runId"]
        assert answered["parts"] == [{"type": "text", "text": "a", "state": "done"}]
        assert (await http.post(f"{CHAT}/main/stop")).json() == {"runId": None, "stopped": False}


async def test_turn_is_stopped_before_it_is_a_run(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("never")) as (http, upstream, _):
        http.headers.update(ANN)
        upstream.listed = asyncio.Event()
        starting = asyncio.create_task(http.post(CHAT, json=body("Hello", model="gpt-4o-mini")))
        await upstream.listing.wait()
        assert (await http.post(f"{CHAT}/main/stop")).json()["stopped"]
        assert kinds((await starting).text)[-2:] == ["abort", "[DONE]"]
        assert upstream.requests == []


async def test_what_is_regenerated_or_edited_takes_the_place_of_what_was_stored(
    tmp_path: Path,
) -> None:
    # The second answer says nothing: the page has no message of it.
    scripts: list[Script] = [said("A"), [HEAD], *(said(text) for text in ("B", "B2", "A2"))]
    async with chatting(tmp_path, *scripts) as (http, _, __):

        async def stored() -> list[str]:
            told = (await http.get(f"{CHAT}/main/messages")).json()["messages"]
            return ["".join(part["text"] for part in one["parts"]) for one in told]

        def again(*messages: dict[str, Any]) -> dict[str, Any]:
            more = {"trigger": "regenerate-message", "messageId": "assistant-B"}
            return {"id": "main", "messages": messages, **more}

        await http.post(CHAT, json=body("a"))
        await http.post(CHAT, json=body("a", "A", "?"))
        shown = [message("user", "a"), message("assistant", "A"), message("user", "?")]
        await http.post(CHAT, json={"id": "main", "messages": [*shown, message("user", "b")]})
        assert await stored() == ["a", "A", "?", "", "b", "B"]
        await http.post(CHAT, json=again(*shown, message("user", "b")))
        assert await stored() == ["a", "A", "?", "", "b", "B2"]
        await http.post(CHAT, json=body("a2", messageId="user-a"))
        assert await stored() == ["a2", "A2"]


async def test_turn_that_is_refused_replaces_nothing(tmp_path: Path) -> None:
    async with chatting(tmp_path, HELD) as (http, upstream, _):
        async with http.stream("POST", CHAT, json=body("a")) as answer:
            lines = answer.aiter_lines()
            await until_text(lines)
            again = body("other", trigger="regenerate-message")
            assert (await http.post(CHAT, json=again)).status_code == 409
            upstream.released.set()
            await rest_of(lines)
        shown = (await http.get(f"{CHAT}/main/messages")).json()["messages"]
        assert shown[0]["parts"][0]["text"] == "a"


async def test_request_with_the_same_idempotency_key_is_the_same_run(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("Hi")) as (http, upstream, _):
        key = {"Idempotency-Key": "k1"}
        first, again = await asyncio.gather(
            *(http.post(CHAT, json=body("Hello"), headers=key) for _ in range(2))
        )
        later = await http.post(CHAT, json=body("Hello"), headers=key)
        assert first.text == again.text == later.text
        assert len(upstream.requests) == 1
        other = await http.post(CHAT, json=body("Else"), headers=key)
        assert (other.status_code, "Idempotency-Key" in other.text) == (422, True)


async def test_visitors_of_one_address_have_keys_of_their_own(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("Hi")) as (http, upstream, app), page(app) as ann:
        for visitor, name in ((http, "b" * 32), (ann, "a" * 32)):
            visitor.cookies.set("tokentape-visitor", name)
        key = {"Idempotency-Key": "1"}
        mine, theirs, again = [
            await one.post(CHAT, json=body("Hello"), headers=key) for one in (http, ann, http)
        ]
        assert mine.text == again.text != theirs.text
        assert len(upstream.requests) == 2
        async with page(app) as fresh:  # its cookie comes with the first answer
            first, later = [await fresh.post(CHAT, json=body("New"), headers=key) for _ in range(2)]
        assert (first.text, len(upstream.requests)) == (later.text, 3)


async def test_chat_of_any_id_is_found_again(tmp_path: Path) -> None:
    async with chatting(tmp_path, said("Hi")) as (http, _, __):
        for chat in [*IDS, "runs", "runs/x", "a/messages", ".", ".."]:
            assert (await http.post(CHAT, json=body("Hello", chat=chat))).status_code == 200
            if chat in (".", ".."):
                continue  # no address holds them
            told = await http.get(f"{CHAT}/{quote(chat, safe='')}/messages")
            assert (told.status_code, told.json()["id"]) == (200, chat)
            assert (await http.get(f"{CHAT}/{quote(chat, safe='')}/stream")).status_code == 204


@pytest.mark.parametrize(
    "asked", [{"params": {"protocol": "text"}}, {"headers": {"Accept": "text/plain"}}]
)
async def test_text_stream_is_the_answers_text_alone(asked: Any, tmp_path: Path) -> None:
    async with chatting(tmp_path, said("Hi", " ü")) as (http, _, __):
        answer = await http.post(CHAT, json=body("Hello"), **asked)
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert MARK not in answer.headers
        assert answer.text == "Hi ü"


async def test_text_stream_of_a_broken_answer_is_no_whole_body(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    refused = refusal(429, {"error": {"message": "slow down"}}, "Retry-After: 7\r\n")
    async with chatting(tmp_path, CUT, refused) as (http, _, __):
        async with http.stream("POST", f"{CHAT}?protocol=text", json=body("Hello")) as broken:
            texts = broken.aiter_text()
            assert await anext(texts) == "half"
            with pytest.raises(httpx2.RemoteProtocolError):
                await anext(texts)
        # To who runs the server it is the upstream's fault, and no other.
        assert [one.name for one in caplog.records] == ["tokentape.upstream"]
        # Nothing of it was sent yet: an error as any other.
        answer = await http.post(f"{CHAT}?protocol=text", json=body("Hello"))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "7")
        assert answer.json()["error"]["code"] == "UPSTREAM_RATE_LIMIT"
        unknown = await http.post(f"{CHAT}?protocol=v4", json=body("Hello"))
        assert (unknown.status_code, "`protocol`" in unknown.text) == (422, True)


async def test_stopped_text_stream_ends(tmp_path: Path) -> None:
    async with (
        chatting(tmp_path, HELD) as (http, _, __),
        http.stream("POST", f"{CHAT}?protocol=text", json=body("Hello")) as answer,
    ):
        texts = answer.aiter_text()
        assert await anext(texts) == "a"
        plain = {"Accept": "text/plain"}
        async with http.stream("GET", f"{CHAT}/main/stream", headers=plain) as second:
            again = second.aiter_text()
            assert await anext(again) == "a"
            await http.post(f"{CHAT}/main/stop")
            for rest in (texts, again):
                assert [text async for text in rest if text] == []


async def test_check_finds_it_right_over_cuts_and_stops_and_before_several_viewers(
    tmp_path: Path,
) -> None:
    words = [f"{number} " for number in range(12)]
    stuck: Script = [HEAD, *map(chunk, words[:5]), Stuck()]
    async with chatting(tmp_path, said(*words), stuck) as (_, __, app):
        asked = {"url": app.url, "dialect": "ai-sdk-ui", "order_only": True}
        report = await check(config_of(**asked, viewers=3, cuts=3, seed=7, expect="".join(words)))
        assert (report.exit_code, report.stopped_short) == (0, None)
        assert [len(one.observation.cuts) for one in report.results] == [3] * 3
        report = await check(config_of(**asked, stop=True))
        (stopped,) = report.results
        assert (report.exit_code, stopped.verdict.outcome) == (0, "stopped")
        assert not stopped.observation.hung_up
