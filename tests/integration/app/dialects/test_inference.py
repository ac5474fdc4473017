"""`inference` as OpenAI's own client sees it, and what that client can't be made to send."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from tests.integration.app.serving import SECRET, Served, serving, settings_for
from tests.integration.app.upstream import (
    DONE,
    HEAD,
    Hold,
    Script,
    Upstream,
    chunk,
    finish,
    frame,
    playing,
    refusal,
    said,
)
from tokentape.access.tokens import sign

PATH = "/api/v1/inference"
ALICE = sign(SECRET, "alice", 86_400, {})
HELLO: list[Any] = [{"role": "user", "content": "Hello"}]
HELD: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
COUNTED = frame(
    {"choices": [], "usage": {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}}
)


@asynccontextmanager
async def inference(
    folder: Path, *scripts: Script, key: str = ALICE, **settings: Any
) -> AsyncIterator[tuple[AsyncOpenAI, Upstream, Served]]:
    """OpenAI's client, pointed at the app, pointed at an upstream that plays these scripts."""
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(folder, upstream.url, **settings)) as app,
        httpx2.AsyncClient(trust_env=False) as http,
        AsyncOpenAI(
            base_url=f"{app.url}{PATH}", api_key=key, max_retries=0, http_client=http
        ) as client,
    ):
        yield client, upstream, app


@asynccontextmanager
async def raw(folder: Path, *scripts: Script, **settings: Any) -> AsyncIterator[httpx2.AsyncClient]:
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(folder, upstream.url, **settings)) as app,
        httpx2.AsyncClient(trust_env=False, base_url=app.url) as http,
    ):
        yield http


async def test_openai_client_streams_an_answer(tmp_path: Path) -> None:
    async with inference(tmp_path, said("Hi", " there")) as (client, upstream, _):
        stream = await client.chat.completions.create(
            model="gpt-4", messages=HELLO, stream=True, temperature=0, max_tokens=7
        )
        chunks = [one async for one in stream]
        assert [one.choices[0].delta.content for one in chunks] == ["Hi", " there", None]
        assert chunks[0].choices[0].delta.role == "assistant"
        assert chunks[-1].choices[0].finish_reason == "stop"
        assert len({(one.id, one.created, one.model, one.object) for one in chunks}) == 1
        sent = upstream.requests[0]
        assert (sent["messages"], sent["temperature"], sent["max_tokens"]) == (HELLO, 0, 7)


async def test_usage_comes_when_it_is_asked_for(tmp_path: Path) -> None:
    script: Script = [HEAD, chunk("a"), chunk("b"), finish(), COUNTED, DONE]
    async with inference(tmp_path, script) as (client, _, _):
        stream = await client.chat.completions.create(
            model="gpt-4", messages=HELLO, stream=True, stream_options={"include_usage": True}
        )
        usages = [one.usage async for one in stream]
        assert usages[:-1] == [None] * 3
        counted = usages[-1]
        assert counted is not None
        assert (counted.prompt_tokens, counted.completion_tokens, counted.total_tokens) == (4, 2, 6)


async def test_openai_client_gets_a_whole_answer(tmp_path: Path) -> None:
    script: Script = [HEAD, chunk("a"), chunk("b"), finish("length"), COUNTED, DONE]
    async with inference(tmp_path, script) as (client, _, _):
        for whole in (
            await client.chat.completions.create(model="gpt-4", messages=HELLO),
            await client.chat.completions.create(model="gpt-4", messages=HELLO, stream=False),
        ):
            message, usage = whole.choices[0].message, whole.usage
            assert (message.role, message.content) == ("assistant", "ab")
            assert whole.choices[0].finish_reason == "length"
            assert (whole.object, whole.model) == ("chat.completion", "gpt-4")
            assert usage is not None
            assert usage.total_tokens == 6


async def test_without_accept_and_stream_completions_are_the_same_stream(tmp_path: Path) -> None:
    async with raw(tmp_path, said("a")) as http:
        for path in ("stream", "chat/completions"):
            answer = await http.post(f"{PATH}/{path}", json={"messages": HELLO})
            assert answer.headers["content-type"] == "text/event-stream"
            assert answer.text.endswith("data: [DONE]\n\n")


async def test_openai_client_lists_models(tmp_path: Path) -> None:
    async with inference(tmp_path, said("a")) as (client, _, _):
        assert [one.id async for one in client.models.list()] == ["gpt-4", "gpt-4o-mini"]
        assert (await client.models.retrieve("gpt-4o-mini")).id == "gpt-4o-mini"
        with pytest.raises(openai.NotFoundError):
            await client.models.retrieve("gpt-unheard-of")


async def test_allowed_models_are_all_that_is_listed_and_served(tmp_path: Path) -> None:
    async with inference(tmp_path, said("a"), allowed_models="gpt-4, house") as (client, _, _):
        assert [one.id async for one in client.models.list()] == ["gpt-4", "house"]
        with pytest.raises(openai.BadRequestError) as refused:
            await client.chat.completions.create(model="gpt-4o-mini", messages=HELLO)
        assert refused.value.code == "INVALID_MODEL"


REFUSALS: dict[str, tuple[Script, type[openai.APIStatusError], str]] = {
    "down": (refusal(500, {}), openai.InternalServerError, "UPSTREAM_REFUSED"),
    "busy": (refusal(429, {}), openai.InternalServerError, "UPSTREAM_RATE_LIMIT"),
    "cut": ([HEAD], openai.InternalServerError, "UPSTREAM_TRUNCATED"),
    "too long": (
        refusal(400, {"error": {"code": "context_length_exceeded"}}),
        openai.APIStatusError,
        "CONTEXT_TOO_LONG",
    ),
}


@pytest.mark.parametrize("why", REFUSALS)
@pytest.mark.parametrize("stream", [True, False])
async def test_failure_before_the_first_text_is_the_clients_exception(
    why: str, stream: bool, tmp_path: Path
) -> None:
    script, exception, code = REFUSALS[why]
    async with inference(tmp_path, script) as (client, _, _):
        with pytest.raises(exception) as refused:
            await client.chat.completions.create(model="gpt-4", messages=HELLO, stream=stream)
        assert refused.value.code == code


async def test_failure_in_mid_answer_is_the_clients_exception_without_done(tmp_path: Path) -> None:
    async with inference(tmp_path, [HEAD, chunk("a")]) as (client, _, _):
        stream = await client.chat.completions.create(model="gpt-4", messages=HELLO, stream=True)
        chunks = stream.__aiter__()
        assert (await anext(chunks)).choices[0].delta.content == "a"
        with pytest.raises(openai.APIError) as broken:
            await anext(chunks)
        assert broken.value.code == "UPSTREAM_TRUNCATED"
        with pytest.raises(openai.InternalServerError) as whole:
            await client.chat.completions.create(model="gpt-4", messages=HELLO)
        assert whole.value.code == "UPSTREAM_TRUNCATED"


async def test_bad_key_is_the_clients_authentication_error(tmp_path: Path) -> None:
    async with inference(tmp_path, said("a"), key="not.a.token") as (client, _, _):
        with pytest.raises(openai.AuthenticationError):
            await client.chat.completions.create(model="gpt-4", messages=HELLO, stream=True)
        with pytest.raises(openai.AuthenticationError):
            _ = [one async for one in client.models.list()]


async def test_key_in_openais_own_form_is_an_anonymous_caller(tmp_path: Path) -> None:
    async with inference(tmp_path, said("a"), key="sk-anything") as (client, _, _):
        whole = await client.chat.completions.create(model="gpt-4", messages=HELLO)
    assert whole.choices[0].message.content == "a"


async def test_limit_is_the_clients_rate_limit_error(tmp_path: Path) -> None:
    limits = {"rate_limit_authenticated": "1/15 minutes"}
    async with inference(tmp_path, said("a"), **limits) as (client, _, _):
        await client.chat.completions.create(model="gpt-4", messages=HELLO)
        with pytest.raises(openai.RateLimitError) as limited:
            await client.chat.completions.create(model="gpt-4", messages=HELLO, stream=True)
        assert 0 < int(limited.value.response.headers["retry-after"]) <= 900


async def test_headers_wait_for_the_first_event_but_no_longer_than_a_heartbeat(
    tmp_path: Path,
) -> None:
    script: Script = [HEAD, Hold(), chunk("a"), finish(), DONE]
    async with (
        inference(tmp_path, script, sse_heartbeat_s=0.05) as (_, upstream, app),
        httpx2.AsyncClient(trust_env=False) as http,
        http.stream("POST", f"{app.url}{PATH}/stream", json={"messages": HELLO}) as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ": heartbeat"
        upstream.released.set()
        assert [line async for line in lines if line.startswith("data")][-1] == "data: [DONE]"


async def test_stream_resumes_after_an_event_and_stops_by_its_id(tmp_path: Path) -> None:
    async with inference(tmp_path, HELD) as (client, upstream, app):
        stream = await client.chat.completions.create(model="gpt-4", messages=HELLO, stream=True)
        run = (await anext(stream.__aiter__())).id
        await stream.close()
        head = {"Authorization": f"Bearer {ALICE}"}
        async with httpx2.AsyncClient(
            trust_env=False, base_url=f"{app.url}{PATH}/stream", headers=head
        ) as http:
            after = {"Last-Event-ID": f"{run}:0"}
            resumed = asyncio.create_task(http.get(f"/{run}", headers=after))
            stopped = await http.delete(f"/{run}")
            assert (stopped.status_code, stopped.json()["stopped"]) == (202, True)
            await upstream.left.wait()
            frames = (await resumed).text.split("\n\n")
            assert [one.split("\n")[0] for one in frames[:-1]] == [f"id: {run}:1", f"id: {run}:2"]
            assert '"finish_reason":"stop"' in frames[0]
            assert frames[1].endswith("data: [DONE]")


async def test_context_is_sent_as_it_was_brought(tmp_path: Path) -> None:
    brought: list[dict[str, Any]] = [
        {"role": "system", "content": "Be brief.", "id": "1", "timestamp": 5},
        {
            "role": "user",
            "content": [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}],
        },
        {"role": "assistant", "content": "Hi", "isStreaming": False},
        {"role": "user", "content": "Bye", "name": "alice"},
    ]
    async with inference(tmp_path, said("a")) as (client, upstream, app):
        answer = await client.chat.completions.create(
            model="gpt-4",
            messages=brought,  # type: ignore[arg-type]  # with fields of a client's own
            seed=7,
            stop=["."],
            top_p=0.5,
            user="u",
            store=True,
            metadata={"a": "b"},
            n=1,
        )
        sent = upstream.requests[0]
        kept = ("role", "content", "name")
        assert sent["messages"] == [
            {key: one[key] for key in kept if key in one} for one in brought
        ]
        assert (sent["seed"], sent["stop"], sent["top_p"]) == (7, ["."], 0.5)
        place = await app.app.core.turns.store.run_owner(answer.id)
        assert place is not None
        assert place.owner == "alice"
        stored = await app.app.core.turns.store.messages("inference", place.id, 9)
        assert [one.content for one in stored] == ["Bye", "a"]


def with_last(**given: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": "x"}, given]}


WRONG: dict[str, tuple[Any, str]] = {
    "no messages": ({}, "messages"),
    "empty messages": ({"messages": []}, "messages"),
    "messages no list": ({"messages": "Hello"}, "messages"),
    "message no object": ({"messages": ["Hello"]}, "messages.0"),
    "no role": (with_last(content="x"), "messages.1.role"),
    "unknown role": (with_last(role="tool", content="x"), "messages.1.role"),
    "no content": (with_last(role="user"), "messages.1.content"),
    "empty content": (with_last(role="user", content=" "), "messages.1.content"),
    "content a number": (with_last(role="user", content=7), "messages.1.content"),
    "no parts": (with_last(role="user", content=[]), "messages.1.content"),
    "an image": (
        with_last(role="user", content=[{"type": "image_url", "image_url": {"url": "u"}}]),
        "messages.1.content",
    ),
    "over-long content": (with_last(role="user", content="x" * 101), "messages.1.content"),
    "too many messages": ({"messages": HELLO * 6}, "messages"),
    "assistant last": (with_last(role="assistant", content="x"), "messages"),
    "too hot": ({"messages": HELLO, "temperature": 2.1}, "temperature"),
    "hot as text": ({"messages": HELLO, "temperature": "1"}, "temperature"),
    "no tokens": ({"messages": HELLO, "max_tokens": 0}, "max_tokens"),
    "too many tokens": ({"messages": HELLO, "max_tokens": 10**6}, "max_tokens"),
    "two answers": ({"messages": HELLO, "n": 2}, "n"),
    "tools": ({"messages": HELLO, "tools": [{"type": "function"}]}, "tools"),
    "stream as text": ({"messages": HELLO, "stream": "yes"}, "stream"),
    "options as text": ({"messages": HELLO, "stream_options": "all"}, "stream_options"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_wrong_field_is_named_and_nothing_is_asked_or_stored(
    wrong: str, tmp_path: Path
) -> None:
    body, field = WRONG[wrong]
    async with inference(tmp_path, said("a"), max_message_chars=100, max_messages=5) as (
        client,
        upstream,
        app,
    ):
        for path in ("/stream", "/chat/completions"):
            with pytest.raises(openai.APIStatusError) as refused:
                await client.post(path, body=body, cast_to=object)
            assert (refused.value.status_code, refused.value.code) == (422, "BAD_REQUEST")
            assert f"`{field}`" in refused.value.message
        assert upstream.requests == []
        assert "tokentape_starts_total{dialect=inference}" not in app.app.core.metrics.snapshot()
