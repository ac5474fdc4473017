"""A token that expires acts no longer on a socket that is open, in every namespace over every
transport; the connection stays."""

import time
from pathlib import Path

import pytest

from tests.integration.app.doors import SocketDoor, door, spelled
from tests.integration.app.rooms.guest import Transport, guest
from tests.integration.app.serving import SECRET, SPOKEN, Served, serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, Emit

HELD: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
TTL_S = 60
DOORS: list[tuple[str, Transport]] = [
    ("/", "socketio"),
    ("/ai", "socketio"),
    ("/ws", "socketio"),
    ("/ws", "websocket"),
]


def token(name: str = "alice", ttl_s: float = TTL_S) -> str:
    return sign(SECRET, name, ttl_s, {})


def pass_by(app: Served) -> None:
    """The time for which the tokens are good."""
    app.app.core.tokens.clock = lambda: time.time() + TTL_S + 1


@pytest.mark.parametrize(("namespace", "transport"), DOORS)
async def test_expired_token_acts_no_longer_in_any_event(
    namespace: str, transport: Transport, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, namespace, transport, {"token": token()}) as alice,
        guest(app.url, namespace, transport) as nobody,
    ):
        pass_by(app)
        events = app.app.core.sockets.table.names(namespace)
        assert {"resume"} < set(events)
        for event in events:
            refused = await alice.call(event)
            assert (refused["ok"], refused["code"]) == (False, "UNAUTHORIZED"), event
            others = await nobody.call(event)
            assert others.get("code") != "UNAUTHORIZED", event
        assert upstream.requests == []


@pytest.mark.parametrize(
    "contract",
    [one for one in SPOKEN if isinstance(one.start, Emit) and one.auth is not None],
    ids=lambda contract: contract.key,
)
async def test_answer_under_way_goes_on_and_the_connection_stays(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        door(app.url, contract, token=token()) as alice,
    ):
        assert isinstance(alice, SocketDoor)
        turn = Turn(message="Hello", user="alice")
        started = await alice.call(alice.event, spelled(contract, turn))
        await upstream.held.wait()
        pass_by(app)
        assert contract.stop is not None
        for event, payload in (
            (alice.event, spelled(contract, turn)),
            (contract.stop.event, {}),  # type: ignore[union-attr]  # a socket's
            ("resume", {"runId": started["runId"], "lastSeq": -1}),
        ):
            assert (await alice.call(event, payload))["code"] == "UNAUTHORIZED"
        alice.events = [told for told in alice.events if "runId" in told[1]]
        upstream.released.set()
        _, told = await alice.until_end()
        assert (told["runId"], len(upstream.requests)) == (started["runId"], 1)


async def test_payloads_token_says_who_acts_and_null_that_nobody_does(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as one,
    ):
        store = app.app.core.turns.store

        async def owner_of(**asked: str | None) -> str | None:
            answer = await one.call("ai:chat", message="Hello", **asked)
            assert answer["ok"], answer
            found = await store.conversation("ai-chat", answer["sessionId"])
            assert found is not None
            return found.owner

        assert await owner_of() is None
        assert await owner_of(token=token()) == "alice"
        assert await owner_of() == "alice"  # from then on
        assert await owner_of(token=None) is None
        assert await owner_of() is None
        assert await owner_of(token=token("bob")) == "bob"
        assert await owner_of(token="") is None
        hers = await one.call("ai:chat", message="Hello", token=token())
        mine = {"runId": hers["runId"], "lastSeq": -1}
        assert (await one.call("resume", **mine))["ok"]
        assert (await one.call("resume", **mine, token=None))["code"] == "FORBIDDEN"
        pass_by(app)
        assert (await one.call("ai:chat", message="Hello"))["code"] == "UNAUTHORIZED"
        assert (await one.call("ai:stop"))["code"] == "UNAUTHORIZED"
        assert await owner_of(token=token("alice", 2 * TTL_S + 60)) == "alice"
        assert await owner_of(token=None) is None
