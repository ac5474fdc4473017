"""Sessions of `stream-chat` and the room of their name: who may begin one there, and that one
answer runs at a time."""

from contextlib import AsyncExitStack
from pathlib import Path

import httpx2

from tests.integration.app.rooms.guest import Guest, guest
from tests.integration.app.serving import SECRET, serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.tokens import sign

HELLO = [{"role": "user", "content": "Hello"}]
HELD: Script = [HEAD, chunk("Hi"), Hold(), finish(), DONE]
START = "/openai/chatCompletion/stream/start"
BODY = {"sessionId": "r", "messages": HELLO}
EVE = {"Authorization": f"Bearer {sign(SECRET, 'eve', 86_400, {})}"}
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}
PROXY = {"trusted_proxies": "127.0.0.1"}


async def member(stack: AsyncExitStack, url: str, name: str) -> Guest:
    one = await stack.enter_async_context(guest(url, "/"))
    assert (await one.call("join-room", roomName="r", participantName=name))["ok"]
    return one


async def test_outsider_begins_no_session_in_a_room_that_people_are_in(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **PROXY)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        AsyncExitStack() as stack,
    ):
        ann = await member(stack, app.url, "ann")
        for outsider in (EVE, ELSEWHERE):
            refused = await http.post(START, json=BODY, headers=outsider)
            assert (refused.status_code, refused.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert upstream.requests == []
        assert (await http.post(START, json=BODY)).status_code == 202
        await ann.heard("stream-complete")
        assert len({told["runId"] for told in ann.of("stream-start")}) == 1


async def test_session_that_was_begun_before_goes_on_with_people_in_its_room(
    tmp_path: Path,
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **PROXY)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False, headers=ELSEWHERE) as backend,
        AsyncExitStack() as stack,
    ):
        # As a backend does that starts, and a browser that joins by the session's id.
        assert (await backend.post(START, json=BODY)).status_code == 202
        ann = await member(stack, app.url, "ann")
        await backend.get("/openai/chatCompletion/stream/r")
        started = await backend.post(START, json=BODY)
        assert started.status_code == 202
        await ann.until(
            lambda: started.json()["runId"] in [one["runId"] for one in ann.of("stream-complete")]
        )


async def test_room_and_session_of_one_name_answer_one_at_a_time(tmp_path: Path) -> None:
    async with (
        playing(HELD, said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        AsyncExitStack() as stack,
    ):
        ann = await member(stack, app.url, "ann")
        await ann.call("stream-chat", messages=HELLO)
        busy = await http.post(START, json=BODY)
        assert (busy.status_code, busy.json()["error"]["code"]) == (409, "BUSY")
        upstream.released.set()
        await ann.heard("stream-complete")
        upstream.released.clear()
        upstream.scripts = [HELD]
        assert (await http.post(START, json=BODY)).status_code == 202
        await ann.heard("stream-chunk", count=2)
        assert (await ann.call("stream-chat", messages=HELLO))["code"] == "BUSY"
        upstream.released.set()
        await ann.heard("stream-complete", count=2)
        order = [payload["runId"] for _, payload in ann.events if "runId" in payload]
        runs = list(dict.fromkeys(order))
        assert order[: order.index(runs[1])] == [runs[0]] * order.index(runs[1])
