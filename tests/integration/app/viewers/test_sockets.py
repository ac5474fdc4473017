"""The Socket.IO edge, seen by python-socketio's own client."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import socketio
from socketio.exceptions import ConnectionError as NoConnection

from tests.integration.app.doors import hung_up
from tests.integration.app.serving import SECRET, serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.tokens import sign

ALICE = sign(SECRET, "alice", 86_400, {})
BOB = sign(SECRET, "bob", 86_400, {})
TRANSPORTS = ("websocket", "polling")


async def _read(_session: Any, _context: Any, ended: aiohttp.TraceRequestEndParams) -> None:
    if ended.response.status != HTTPStatus.SWITCHING_PROTOCOLS:
        await ended.response.read()


def reading_all() -> aiohttp.ClientSession:
    """python-engineio looks at no more than the status of what its POSTs get: a body that came
    after its head would leave the connection open, until somebody collects the garbage."""
    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(_read)
    return aiohttp.ClientSession(trace_configs=[trace])


class Client:
    """Notes every event in order; `ask` sends one and returns its acknowledgement."""

    def __init__(self, namespace: str) -> None:
        self.namespace = namespace
        self.events: list[tuple[str, Any]] = []
        self._came = asyncio.Event()
        self.http = reading_all()
        self.sio = socketio.AsyncClient(reconnection=False, http_session=self.http)
        self.refusals: list[Any] = []
        self.sio.on("*", self._note, namespace=namespace)
        self.sio.on("connect_error", self.refusals.append, namespace=namespace)

    async def _note(self, event: str, payload: Any = None) -> None:
        self.events.append((event, payload))
        self._came.set()

    async def ask(self, event: str, payload: Any) -> Any:
        return await self.sio.call(event, payload, namespace=self.namespace, timeout=60)

    async def until(self, event: str) -> Any:
        """The payload of the first event of that name."""
        async with asyncio.timeout(60):
            while True:
                for name, payload in self.events:
                    if name == event:
                        return payload
                self._came.clear()
                await self._came.wait()

    @property
    def names(self) -> list[str]:
        return [name for name, _ in self.events]


@asynccontextmanager
async def client(
    url: str, namespace: str, auth: Any = None, transport: str = "websocket"
) -> AsyncIterator[Client]:
    one = Client(namespace)
    async with one.http:
        await one.sio.connect(url, namespaces=[namespace], auth=auth, transports=[transport])
        try:
            yield one
        finally:
            await one.sio.disconnect()
            await hung_up(one.sio)


async def refusals(url: str, namespace: str, auth: Any) -> list[Any]:
    """What the server says to a client that it does not let in."""
    one = Client(namespace)
    async with one.http:
        with pytest.raises(NoConnection):
            await one.sio.connect(url, namespaces=[namespace], auth=auth, transports=["websocket"])
        await hung_up(one.sio)
    return one.refusals


def start(**given: Any) -> dict[str, Any]:
    return {"userId": "somebody", "message": "Hello", **given}


HELD: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_gateway_turn_has_the_events_of_the_seed(transport: str, tmp_path: Path) -> None:
    async with (
        playing(said("Hi", "!")) as upstream,
        # A client that polls leaves when its last poll is answered: by a ping.
        serving(settings_for(tmp_path, upstream.url, ping_interval_s=0.5)) as app,
        client(app.url, "/ai", transport=transport) as one,
    ):
        acknowledged = await one.ask("chat:start", start(temperature=0, maxTokens=5))
        end = await one.until("chat:end")
        run, place = acknowledged["runId"], acknowledged["conversationId"]
        user = one.events[1][1]["messageId"]
        assert one.events == [
            ("chat:conversation", {"conversationId": place, "runId": run, "seq": 0}),
            (
                "chat:user-message",
                {"messageId": user, "content": "Hello", "runId": run, "seq": 1},
            ),
            ("chat:message", {"content": "Hi", "isComplete": False, "runId": run, "seq": 2}),
            ("chat:message", {"content": "!", "isComplete": False, "runId": run, "seq": 3}),
            (
                "chat:end",
                {
                    "messageId": end["messageId"],
                    "conversationId": place,
                    "totalTokens": 5,
                    "model": "gpt-4",
                    "finishReason": "stop",
                    "runId": run,
                    "seq": 4,
                },
            ),
        ]
        assert upstream.requests[0]["max_tokens"] == 5
        assert upstream.requests[0]["temperature"] == 0


async def test_defaults_of_the_seed_are_sent_upstream(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/ai") as one,
    ):
        await one.ask("chat:start", start())
        await one.until("chat:end")
        sent = upstream.requests[0]
        assert (sent["model"], sent["max_tokens"], sent["temperature"]) == ("gpt-4", 4096, 0.7)


@pytest.mark.parametrize("namespace", ["/", "/ai"])
@pytest.mark.parametrize("token", ["nonsense", 7, sign(SECRET, "alice", -5, {})])
async def test_bad_token_in_the_handshake_is_refused_as_unauthorized(
    namespace: str, token: Any, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        assert await refusals(app.url, namespace, {"token": token}) == [{"message": "unauthorized"}]


async def test_gateway_can_require_a_token(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, ai_gateway_require_auth=True)) as app,
    ):
        assert await refusals(app.url, "/ai", None) == [{"message": "unauthorized"}]
        async with client(app.url, "/ai", auth={"token": ALICE}) as one:
            assert (await one.ask("chat:start", start(userId="alice")))["ok"]


WRONG: dict[str, tuple[Any, str, str]] = {
    "no object": ("hello", "BAD_REQUEST", "object"),
    "no message": ({"userId": "u"}, "BAD_REQUEST", "message"),
    "empty message": (start(message="  "), "BAD_REQUEST", "message"),
    "over-long message": (start(message="x" * 101), "BAD_REQUEST", "message"),
    "message of a wrong type": (start(message=["x"]), "BAD_REQUEST", "message"),
    "no user": ({"message": "x"}, "BAD_REQUEST", "userId"),
    "too hot": (start(temperature=2.1), "BAD_REQUEST", "temperature"),
    "hot as text": (start(temperature="1"), "BAD_REQUEST", "temperature"),
    "no tokens": (start(maxTokens=0), "BAD_REQUEST", "maxTokens"),
    "too many tokens": (start(maxTokens=10**6), "BAD_REQUEST", "maxTokens"),
    "unknown model": (start(model="gpt-unheard-of"), "INVALID_MODEL", "model"),
    "unknown conversation": (start(conversationId="nowhere"), "NOT_FOUND", "conversation"),
}


@pytest.mark.parametrize("wrong", WRONG)
async def test_refusal_is_a_lone_error_and_the_connection_stays(wrong: str, tmp_path: Path) -> None:
    payload, code, named = WRONG[wrong]
    settings = {"max_message_chars": 100}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
        client(app.url, "/ai") as one,
    ):
        acknowledged = await one.ask("chat:start", payload)
        told = await one.until("chat:error")
        assert acknowledged["code"] == told["code"] == code
        assert named in told["message"]
        assert one.names == ["chat:error"]
        assert (await one.ask("chat:start", start()))["ok"]
        await one.until("chat:end")


async def test_unknown_event_is_told_so(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/ai") as one,
    ):
        assert (await one.ask("chat:sing", {}))["code"] == "BAD_REQUEST"
        assert "chat:sing" in (await one.until("chat:error"))["message"]


async def test_user_id_must_be_the_tokens(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/ai", auth={"token": ALICE}) as one,
    ):
        assert (await one.ask("chat:start", start(userId="bob")))["code"] == "UNAUTHORIZED"


async def test_other_peoples_conversations_and_runs_are_out_of_reach(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/ai", auth={"token": ALICE}) as alice,
        client(app.url, "/ai", auth={"token": BOB}) as bob,
        client(app.url, "/ai") as nobody,
    ):
        hers = await alice.ask("chat:start", start(userId="alice"))
        place, run = hers["conversationId"], hers["runId"]
        for other, name in ((bob, "bob"), (nobody, "x")):
            asked = start(userId=name, conversationId=place)
            assert (await other.ask("chat:start", asked))["code"] == "NOT_FOUND"
            assert (await other.ask("chat:stop", {"conversationId": place}))["code"] == "NOT_FOUND"
            resumed = await other.ask("resume", {"runId": run, "lastSeq": -1})
            assert resumed == {"ok": False, "code": "FORBIDDEN"}
            edit = {"messageId": alice.events[1][1]["messageId"], "content": "mine"}
            assert (await other.ask("message:edit", edit))["code"] == "NOT_FOUND"
        upstream.released.set()
        await alice.until("chat:end")


async def test_resume_is_acknowledged_before_what_was_missed(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        async with client(app.url, "/ai") as first:
            run = (await first.ask("chat:start", start()))["runId"]
            await first.until("chat:message")
        async with client(app.url, "/ai") as second:
            before: list[int] = []
            answered = asyncio.Event()

            def note(answer: Any) -> None:
                before.append(len(second.events))
                second.events.append(("acknowledged", answer))
                answered.set()

            await second.sio.emit(
                "resume", {"runId": run, "lastSeq": 0}, namespace="/ai", callback=note
            )
            await answered.wait()
            upstream.released.set()
            await second.until("chat:end")
            assert second.events[0] == ("acknowledged", {"ok": True, "missed": 2})
            assert [payload["seq"] for _, payload in second.events[1:]] == [1, 2, 3, 4]


async def test_resume_of_what_is_gone_and_of_what_never_was(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, tape_ttl_s=0)) as app,
        client(app.url, "/ai") as one,
    ):
        run = (await one.ask("chat:start", start()))["runId"]
        await one.until("chat:end")
        gone = await one.ask("resume", {"runId": run, "lastSeq": 0})
        assert gone == {"ok": False, "code": "RUN_GONE"}
        never = await one.ask("resume", {"runId": "x", "lastSeq": 0})
        assert never == {"ok": False, "code": "RUN_UNKNOWN"}
        assert (await one.ask("resume", {"runId": 7}))["code"] == "BAD_REQUEST"


async def test_resume_on_the_same_connection_does_not_double_events(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/ai") as one,
    ):
        run = (await one.ask("chat:start", start()))["runId"]
        await one.until("chat:message")
        assert (await one.ask("resume", {"runId": run, "lastSeq": 2}))["missed"] == 0
        upstream.released.set()
        await one.until("chat:end")
        assert [payload["seq"] for _, payload in one.events] == [0, 1, 2, 3, 4]


async def test_stop_without_an_id_stops_this_connections_runs_only(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/ai") as one,
        client(app.url, "/ai") as other,
    ):
        await one.ask("chat:start", start())
        await one.ask("chat:start", start())
        await other.ask("chat:start", start())
        await one.ask("chat:stop", {})
        async with asyncio.timeout(60):
            while one.names.count("chat:stopped") < 2:
                await one.until("chat:stopped")
                await asyncio.sleep(0)
        upstream.released.set()
        await other.until("chat:end")


async def test_edits_are_told_to_the_conversations_other_connections(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/ai") as one,
        client(app.url, "/ai") as two,
        client(app.url, "/ai") as stranger,
    ):
        place = (await one.ask("chat:start", start()))["conversationId"]
        await one.until("chat:end")
        await two.ask("chat:start", start(conversationId=place))
        await two.until("chat:end")
        message = one.events[1][1]["messageId"]
        assert await one.ask("message:edit", {"messageId": message, "content": "Bye"}) == {
            "ok": True
        }
        edited = await two.until("message:edited")
        assert (edited["messageId"], edited["content"]) == (message, "Bye")
        assert await two.ask("message:delete", {"messageId": message}) == {"ok": True}
        assert (await one.until("message:deleted"))["messageId"] == message
        assert stranger.names == []
        stored = await app.app.core.turns.store.messages("ai-gateway", place, 9)
        assert message not in [one.id for one in stored]


async def test_ai_chat_runs_as_the_user_of_its_payloads_token(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        client(app.url, "/") as one,
        client(app.url, "/") as other,
    ):
        session = (await one.ask("ai:chat", {"message": "Hello", "token": ALICE}))["sessionId"]
        complete = await one.until("ai:complete")
        assert (complete["response"], complete["sessionId"]) == ("Hi", session)
        refused = await other.ask("ai:chat", {"message": "Hello", "sessionId": session})
        assert refused["code"] == "NOT_FOUND"
        bad = await other.ask("ai:chat", {"message": "Hello", "token": "nonsense"})
        assert bad["code"] == "UNAUTHORIZED"
        assert (await other.until("ai:error"))["sessionId"] == session
