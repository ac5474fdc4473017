"""History, several answers at once, errors, timestamps and ids, in every dialect."""

import asyncio
import re
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx2
import pytest

from tests.integration.app.doors import SocketDoor, door, spelled
from tests.integration.app.serving import (
    SPOKEN,
    every_contract,
    every_conversation,
    serving,
    settings_for,
    watched,
)
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.client.turn import Turn
from tokentape.client.viewer import conversation_of, run_of, verdict_of
from tokentape.contract.contract import Contract
from tokentape.contract.timeline import text_of
from tokentape.contract.verdict import Expectation
from tokentape.errors import CODES

HELLO = Turn(message="Hello", user="somebody")
HELD: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
over_sockets = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport != "sse"], ids=lambda one: one.key
)


@every_contract
async def test_question_is_stored_before_the_upstream_is_called(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing([Hold(), HEAD, chunk("a"), finish(), DONE]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        asking = asyncio.create_task(watched(viewer, HELLO))
        await upstream.held.wait()
        assert await app.count_messages() == 2
        upstream.released.set()
        await asking
        question, answer = await app.stored(viewer)
        assert (question.role, question.content, question.status) == ("user", "Hello", "complete")
        assert (answer.role, answer.content, answer.status) == ("assistant", "a", "complete")
        assert question.created_at <= answer.created_at
        for found in (question.id, answer.id, answer.run_id, run_of(viewer)):
            assert str(UUID(found)) == found


@every_conversation
async def test_what_came_of_a_broken_answer_is_context_of_the_next_turn(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing([HEAD, chunk("half an ans")], [HEAD], said("fine")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as viewer,
    ):
        same = None
        for _ in range(3):
            await watched(viewer, Turn(message="Hello", conversation=same))
            same = same or conversation_of(viewer)
        assert [one["content"] for one in upstream.requests[2]["messages"]] == [
            "Hello",
            "half an ans",
            "Hello",
            "Hello",
        ]
        statuses = [one.status for one in await app.stored(viewer)]
        assert statuses == ["complete", "failed", "complete", "failed", "complete", "complete"]


@every_conversation
async def test_context_holds_no_more_messages_than_allowed(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, max_messages=3)) as app,
        app.viewer(contract) as viewer,
    ):
        for number in range(4):
            turn = Turn(message=f"Hello {number}", conversation=conversation_of(viewer))
            await watched(viewer, turn)
        sent = [[one["content"] for one in request["messages"]] for request in upstream.requests]
        assert sent[3] == ["Hello 2", "Hi", "Hello 3"]


async def test_history_tells_each_message_with_its_moment(tmp_path: Path) -> None:
    async with (
        playing(said("Hi"), [HEAD, chunk("Hal")]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=f"{app.url}/api/v2/ai/chat", trust_env=False) as http,
    ):
        for message in ("Hello", "More"):
            await http.post("/stream", json={"message": message, "sessionId": "s"})
        told = (await http.get("/s")).json()
        assert told["sessionId"] == "s"
        assert [(one["role"], one["content"], one["status"]) for one in told["messages"]] == [
            ("user", "Hello", "complete"),
            ("assistant", "Hi", "complete"),
            ("user", "More", "complete"),
            ("assistant", "Hal", "failed"),
        ]
        for one in told["messages"]:
            assert MOMENT.fullmatch(one["createdAt"])
            assert str(UUID(one["id"])) == one["id"]


@over_sockets
async def test_answers_of_different_conversations_run_at_once_on_one_connection(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        door(app.url, contract) as one,
    ):
        assert isinstance(one, SocketDoor)
        started = [await one.call(one.event, spelled(contract, HELLO)) for _ in range(3)]
        assert all(answer["ok"] for answer in started)
        assert app.app.core.runs.count == 3
        upstream.released.set()
        async with asyncio.timeout(60):
            while len(ends_of(one)) < 3:
                await one.more()
        for answer in started:
            mine = [told for _, told in one.events if told["runId"] == answer["runId"]]
            assert [told["seq"] for told in mine] == list(range(len(mine)))
            end = mine[-1]
            assert [told for told in ends_of(one) if told["runId"] == answer["runId"]] == [end]


def ends_of(one: SocketDoor) -> list[dict[str, Any]]:
    kinds = [(one.contract.kind_of(*event), event[1]) for event in one.events]
    return [told for kind, told in kinds if kind and kind.end]


@every_contract
async def test_answers_of_many_viewers_do_not_mix(contract: Contract, tmp_path: Path) -> None:
    texts = [f"answer {number}" for number in range(6)]
    async with (
        playing(*(said(*text) for text in texts)) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):

        async def ask() -> str:
            async with app.viewer(contract) as viewer:
                await watched(viewer, HELLO)
                text = text_of(viewer.timeline)
                expected = Expectation(text=text, outcome="completed")
                assert verdict_of(viewer, expected).violations == ()
                return text

        assert sorted(await asyncio.gather(*(ask() for _ in texts))) == texts


def test_codes_are_those_of_the_protocol_with_their_status() -> None:
    assert {code: row.status for code, row in CODES.items()} == {
        "BAD_REQUEST": 400,
        "UNAUTHORIZED": 401,
        "FORBIDDEN": 403,
        "NOT_FOUND": 404,
        "RATE_LIMIT": 429,
        "INVALID_MODEL": 400,
        "CONTEXT_TOO_LONG": 413,
        "BUSY": 409,
        "UPSTREAM_REFUSED": 502,
        "UPSTREAM_RATE_LIMIT": 503,
        "UPSTREAM_TIMEOUT": 504,
        "UPSTREAM_LOST": 502,
        "UPSTREAM_TRUNCATED": 502,
        "UPSTREAM_MALFORMED": 502,
        "SHUTTING_DOWN": 503,
        "INTERNAL": 500,
    }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/api/v2/ai/chat/nowhere", 404, "NOT_FOUND"),
        ("GET", "/api/v2/ai/chat/stream/%00", 404, "NOT_FOUND"),
        ("GET", "/api/v2/ai/chat/stream/%FF%FE", 404, "NOT_FOUND"),
        ("PUT", "/api/v2/ai/chat/stream", 405, "BAD_REQUEST"),
    ],
)
async def test_what_no_dialect_answers_is_an_error_of_the_same_shape(
    method: str, path: str, status: int, code: str, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        answer = await http.request(method, path)
        assert answer.status_code == status
        assert answer.headers["content-type"] == "application/json"
        error = answer.json()["error"]
        assert (error["code"], sorted(error)) == (code, ["code", "message"])
