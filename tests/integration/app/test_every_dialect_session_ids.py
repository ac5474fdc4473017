"""Ids of sessions that callers make up: whatever they hold, what was said is read back."""

from pathlib import Path
from urllib.parse import quote

import httpx2
import pytest

from tests.integration.app.doors import SocketDoor, door, spelled
from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import playing, said
from tokentape.client.turn import Turn
from tokentape.dialects.contracts import CONTRACTS

IDS = [
    "plain",
    "a/b",
    "/",
    "/a",
    "a/",
    "a//b",
    "stream/x",
    "stream/",
    "stream",
    "start",
    "a/../b",
    "...",
    "a?b=c#d",
    "100%",
    "a%2Fb",
    "a b",
    "a\nb",
    "ü/\U0001f600",
    "x" * 128,
]
NONE = [".", ".."]
CHAT, STREAM = "/api/v2/ai/chat", "/openai/chatCompletion/stream"
MESSAGES = [{"role": "user", "content": "Hello"}]


async def test_what_was_said_in_a_session_of_any_id_is_read_back(tmp_path: Path) -> None:
    contract = CONTRACTS["ai-chat/socketio"]
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        door(app.url, contract) as one,
    ):
        assert isinstance(one, SocketDoor)
        for id_ in IDS:
            told = await http.post(f"{CHAT}/stream", json={"message": "Hello", "sessionId": id_})
            assert told.status_code == 200
            reply = await one.start(spelled(contract, Turn(message="Again")) | {"sessionId": id_})
            assert reply.code is None
            history = await http.get(f"{CHAT}/{quote(id_, safe='')}")
            assert history.status_code == 200, id_
            assert history.json()["sessionId"] == id_
            contents = [message["content"] for message in history.json()["messages"]]
            assert contents == ["Hello", "Hi", "Again", "Hi"]
        # One that is no session's: `/stream/…` is a run's address.
        assert (await http.get(f"{CHAT}/stream/x")).status_code == 404


async def test_answer_in_a_session_of_any_id_is_fetched(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        for id_ in IDS:
            body = {"sessionId": id_, "messages": MESSAGES}
            run = (await http.post(f"{STREAM}/start", json=body)).json()["runId"]
            answer = await http.get(f"{STREAM}/{quote(id_, safe='')}")
            assert (id_, answer.text.startswith(f"id: {run}:0\n")) == (id_, True)


@pytest.mark.parametrize("id_", NONE)
async def test_id_that_no_address_can_hold_is_refused_by_name(id_: str, tmp_path: Path) -> None:
    contract = CONTRACTS["ai-chat/socketio"]
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        door(app.url, contract) as one,
    ):
        for path, more in ((f"{CHAT}/stream", {"message": "x"}), (f"{STREAM}/start", {})):
            body = {"sessionId": id_, "messages": MESSAGES, **more}
            error = (await http.post(path, json=body)).json()["error"]
            assert (error["code"], "`sessionId`" in error["message"]) == ("BAD_REQUEST", True)
        reply = await one.start(spelled(contract, Turn(message="x")) | {"sessionId": id_})
        assert (reply.code, "`sessionId`" in reply.message) == ("BAD_REQUEST", True)
        assert await app.count_messages() == 0
