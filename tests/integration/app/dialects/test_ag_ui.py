"""`ag-ui`: runs as the protocol's clients ask for them, and whose threads are whose."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

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
    said,
)
from tokentape.access.tokens import sign
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, Verdict, judge
from tokentape.dialects.ag_ui.contract import CONTRACT
from tokentape.store.tables import CONVERSATIONS

PATH = "/ag-ui"
ANN, BOB = (
    {"Authorization": f"Bearer {sign(SECRET, name, 86_400, {})}"} for name in ("ann", "bob")
)
HELD: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
HELLO = {"id": "u", "role": "user", "content": "Hello"}


def body(*messages: dict[str, Any], thread: str = "t", run: str = "r", **more: Any) -> Any:
    """As the official client sends it."""
    empty: dict[str, Any] = {"state": {}, "tools": [], "context": [], "forwardedProps": {}}
    ids = {"threadId": thread, "runId": run, "protocolVersion": "1.0"}
    return {**ids, **empty, "messages": list(messages or (HELLO,)), **more}


def delta(**fields: Any) -> bytes:
    return frame({"choices": [{"index": 0, "delta": fields}]})


def call(index: int, arguments: str, **named: str) -> dict[str, Any]:
    more = {"id": named["id"]} if named else {}
    function = {"arguments": arguments, **({"name": named["name"]} if named else {})}
    return {"index": index, **more, "function": function}


RICH: Script = [
    HEAD,
    delta(role="assistant", reasoning_content="h"),
    delta(reasoning_content="m"),
    chunk("Hel"),
    chunk("lo"),
    delta(tool_calls=[call(0, "", id="a", name="f"), call(1, "", id="b", name="g")]),
    delta(tool_calls=[call(1, "[1")]),
    delta(tool_calls=[call(0, "{}"), call(1, "]")]),
    finish("tool_calls"),
    DONE,
]


def events(answer: str) -> list[Any]:
    return [orjson.loads(line[6:]) for line in answer.split("\n") if line.startswith("data: ")]


def judged(answer: str, expected: Expectation) -> Verdict:
    timeline = [see(CONTRACT, "", payload, at_ns=at) for at, payload in enumerate(events(answer))]
    return judge(CONTRACT, timeline, 0, expected)


@asynccontextmanager
async def running(
    folder: Path, *scripts: Script, **settings: Any
) -> AsyncIterator[tuple[httpx2.AsyncClient, Upstream, Served]]:
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(folder, upstream.url, **settings)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        yield http, upstream, app


async def heard(lines: AsyncIterator[str], word: str) -> None:
    """Read up to the first line with this in it."""
    async for line in lines:
        if word in line:
            return
    raise AssertionError(f"it ended without {word}")


async def test_reasoning_text_and_parallel_calls_are_told(tmp_path: Path) -> None:
    async with running(tmp_path, RICH) as (http, upstream, _):
        tools = [{"name": "f", "description": "F."}, {"name": "g", "description": "G."}]
        asked = body(tools=tools)
        answer = await http.post(PATH, json=asked)
        told = [one["type"].lower().replace("_", " ") for one in events(answer.text)]
        assert told == [
            "run started",
            "reasoning start",
            "reasoning message start",
            "reasoning message content",
            "reasoning message content",
            "reasoning message end",
            "reasoning end",
            "text message start",
            "text message content",
            "text message content",
            "text message end",
            "tool call start",
            "tool call start",
            "tool call args",
            "tool call args",
            "tool call args",
            "tool call end",
            "tool call end",
            "run finished",
        ]
        verdict = judged(answer.text, Expectation(text="Hello", outcome="completed", request=asked))
        assert verdict.violations == ()
        last = events(answer.text)[-1]
        assert (last["threadId"], last["runId"]) == ("t", "r")
        assert last["outcome"]["pendingToolCallIds"] == ["a", "b"]
        assert [one["function"]["name"] for one in upstream.requests[0]["tools"]] == ["f", "g"]
        # Whoever comes back sees the rest of it, wherever they were.
        run = answer.headers["tokentape-run"]
        frames = answer.text.split("\n\n")[:-1]
        for seq in range(len(frames) - 1):
            at = {"Last-Event-ID": f"{run}:{seq}"}
            rest = await http.get(f"{PATH}/runs/{run}", headers=at)
            assert rest.text.split("\n\n")[:-1] == frames[seq + 1 :]


async def test_results_of_tools_go_on_with_the_history(tmp_path: Path) -> None:
    async with running(tmp_path, said("It is 42.")) as (http, upstream, _):
        function = {"name": "f", "arguments": "{}"}
        asked = {"id": "c", "type": "function", "function": function}
        history: list[dict[str, Any]] = [
            HELLO,
            {"id": "m", "role": "assistant", "toolCalls": [asked]},
            {"id": "x", "role": "tool", "toolCallId": "c", "content": "42"},
        ]
        answer = await http.post(PATH, json=body(*history), headers=ANN)
        assert judged(answer.text, Expectation(text="It is 42.")).violations == ()
        assert [one["role"] for one in upstream.requests[0]["messages"]] == [
            "user",
            "assistant",
            "tool",
        ]
        stored = (await http.get(f"{PATH}/threads/t", headers=ANN)).json()
        assert [(one["role"], one["content"]) for one in stored["messages"]] == [
            ("tool", "42"),
            ("assistant", "It is 42."),
        ]


async def test_what_an_answer_was_made_of_is_read_again(tmp_path: Path) -> None:
    async with running(tmp_path, RICH) as (http, _, _):
        await http.post(PATH, json=body(), headers=ANN)
        stored = (await http.get(f"{PATH}/threads/t", headers=ANN)).json()["messages"]
        assert [one["role"] for one in stored] == ["user", "reasoning", "assistant"]
        assert (stored[1]["content"], stored[2]["content"]) == ("hm", "Hello")
        assert [call["function"] for call in stored[2]["toolCalls"]] == [
            {"name": "f", "arguments": "{}"},
            {"name": "g", "arguments": "[1]"},
        ]


BROKEN = [HEAD, delta(tool_calls=[call(0, '{"x"', id="a", name="f")])]


async def test_a_cut_amid_a_call_is_an_error_and_never_finished(tmp_path: Path) -> None:
    async with running(tmp_path, BROKEN) as (http, _, _):
        answer = await http.post(PATH, json=body())
        told = events(answer.text)
        assert (told[-1]["type"], told[-1]["code"]) == ("RUN_ERROR", "UPSTREAM_TRUNCATED")
        assert "RUN_FINISHED" not in answer.text
        assert judged(answer.text, Expectation(outcome="failed")).violations == ()


@pytest.mark.parametrize("by", ["run", "thread"])
async def test_a_stop_amid_a_call_is_cancelled(by: str, tmp_path: Path) -> None:
    async with running(tmp_path, [*BROKEN, Hold()]) as (http, upstream, _):
        async with http.stream("POST", PATH, json=body(), headers=ANN) as answer:
            run, lines = answer.headers["tokentape-run"], answer.aiter_lines()
            await heard(lines, "TOOL_CALL_ARGS")
            place = f"{PATH}/runs/{run}" if by == "run" else f"{PATH}/threads/t"
            stopped = await http.delete(place, headers=ANN)
            assert (stopped.status_code, stopped.json()) == (202, {"runId": run, "stopped": True})
            rest = "\n".join([line async for line in lines])
        await upstream.left.wait()
        ended, last = events(rest)
        assert ended == {"type": "TOOL_CALL_END", "toolCallId": "a"}
        assert (last["type"], last["outcome"]) == ("RUN_FINISHED", {"type": "cancelled"})
        again = await http.delete(place, headers=ANN)
        assert (again.status_code, again.json()["stopped"]) == (202, False)


async def test_a_thread_is_a_label_of_its_caller(tmp_path: Path) -> None:
    async with running(tmp_path, HELD, HELD, said("more")) as (http, upstream, app):
        async with http.stream("POST", PATH, json=body(), headers=ANN) as hers:
            lines = hers.aiter_lines()
            await heard(lines, '"a"')
            # One at a time in hers; his of the same name is another.
            busy = await http.post(PATH, json=body(run="r2"), headers=ANN)
            assert (busy.status_code, busy.json()["error"]["code"]) == (409, "BUSY")
            async with http.stream("POST", PATH, json=body(), headers=BOB) as his:
                others = his.aiter_lines()
                await heard(others, '"a"')
                assert not (await http.delete(f"{PATH}/threads/none", headers=BOB)).json()[
                    "stopped"
                ]
                upstream.released.set()
                await heard(others, "RUN_FINISHED")
            await heard(lines, "RUN_FINISHED")
        again = await http.post(PATH, json=body(run="r2"), headers=ANN)
        assert events(again.text)[0]["threadId"] == "t"
        threads = [
            (await http.get(f"{PATH}/threads/t", headers=who)).json()["messages"]
            for who in (ANN, BOB)
        ]
        assert [len(messages) for messages in threads] == [4, 2]
        async with app.app.core.turns.store.engine.connect() as connection:
            rows = (await connection.execute(CONVERSATIONS.select())).all()
        assert [row.owner for row in rows] == ["ann", "bob"]
        assert "t" not in {row.id for row in rows}


async def test_ids_that_nobody_signed_open_nothing(tmp_path: Path) -> None:
    async with running(tmp_path, HELD, HELD) as (http, upstream, app):
        async with http.stream("POST", PATH, json=body()) as first:
            lines = first.aiter_lines()
            await heard(lines, '"a"')
            # Another who is nobody makes up the same ids: neither waits for the other.
            async with http.stream("POST", PATH, json=body()) as second:
                others = second.aiter_lines()
                await heard(others, '"a"')
                assert first.headers["tokentape-run"] != second.headers["tokentape-run"]
                for method in ("GET", "DELETE"):
                    for place in ("threads/t", "threads/r", "runs/r", "runs/t"):
                        answer = await http.request(method, f"{PATH}/{place}")
                        assert (place, answer.status_code) == (place, 404)
                upstream.released.set()
                await heard(others, "RUN_FINISHED")
            await heard(lines, "RUN_FINISHED")
        async with app.app.core.turns.store.engine.connect() as connection:
            rows = (await connection.execute(CONVERSATIONS.select())).all()
        assert len(rows) == 2


async def test_a_request_that_is_sent_again_under_its_key_is_the_same_run(tmp_path: Path) -> None:
    async with running(tmp_path, said("Hi")) as (http, upstream, _):
        key = {**ANN, "Idempotency-Key": "k"}
        first, again = [await http.post(PATH, json=body(), headers=key) for _ in range(2)]
        assert first.text == again.text
        assert len(upstream.requests) == 1
        other = await http.post(PATH, json=body(run="r2"), headers=key)
        assert other.status_code == 422


async def test_two_who_look_at_a_run_see_the_same(tmp_path: Path) -> None:
    async with running(tmp_path, HELD) as (http, upstream, _):
        async with http.stream("POST", PATH, json=body()) as answer:
            run, lines = answer.headers["tokentape-run"], answer.aiter_lines()
            await heard(lines, '"a"')
            also = asyncio.create_task(http.get(f"{PATH}/runs/{run}"))
            upstream.released.set()
            await heard(lines, "RUN_FINISHED")
        assert [one.get("delta") for one in events((await also).text)][2:4] == ["a", "b"]


async def test_a_page_of_another_origin_may_read_the_runs_id(tmp_path: Path) -> None:
    async with running(tmp_path, said("Hi")) as (http, _, _):
        page = {"Origin": "http://localhost:3000"}
        answer = await http.post(PATH, json=body(), headers=page)
        assert "tokentape-run" in answer.headers["access-control-expose-headers"].lower()
        assert answer.headers["tokentape-run"]


async def test_a_refusal_before_the_run_is_http(tmp_path: Path) -> None:
    async with running(tmp_path, said("never")) as (http, upstream, _):
        answer = await http.post(PATH, json=body({**HELLO, "content": ""}))
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/json")
        assert "`messages.0.content`" in answer.json()["error"]["message"]
        assert upstream.requests == []
