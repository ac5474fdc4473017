"""Rate limits: counted per user or address, together over all transports of all dialects."""

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from tests.integration.app.doors import Reply, door, spelled
from tests.integration.app.serving import (
    SECRET,
    SPOKEN,
    Served,
    every_contract,
    every_conversation,
    failing,
    for_anybody,
    serving,
    settings_for,
)
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.limits import Caller
from tokentape.access.tokens import Identity, sign
from tokentape.access.visitors import HEADER, Visitors
from tokentape.client.turn import Turn
from tokentape.client.viewer import conversation_of
from tokentape.contract.contract import Contract
from tokentape.runs.runs import RETRY_S
from tokentape.settings import Settings

ALICE, BOB, CID = (sign(SECRET, name, 86_400, {}) for name in ("alice", "bob", "cid"))
ANONYMOUS = [contract for contract in SPOKEN if not contract.needs_token]
HELD: Script = [HEAD, chunk("a"), Hold(), finish(), DONE]
DEFAULTS = {
    name: Settings.model_fields[name].default
    for name in ("rate_limit_authenticated", "rate_limit_anonymous")
}


async def start(
    app: Served,
    contract: Contract,
    user: str = "nobody",
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    async with door(app.url, contract, token=token, headers=headers) as one:
        return await one.start(spelled(contract, Turn(message="Hi", user=user, token=token)))


def assert_limited(contract: Contract, reply: Reply, limit: int) -> None:
    assert reply.code == "RATE_LIMIT"
    assert reply.retry_after_s is not None
    assert 0 < reply.retry_after_s <= 900
    if contract.transport == "sse":
        assert reply.status == 429
        told = {name: int(reply.headers[f"ratelimit-{name}"]) for name in ("limit", "remaining")}
        assert told == {"limit": limit, "remaining": 0}
        assert int(reply.headers["ratelimit-reset"]) == reply.retry_after_s


def test_limits_are_those_of_the_protocol_unless_set() -> None:
    assert DEFAULTS == {
        "rate_limit_authenticated": "100/15 minutes",
        "rate_limit_anonymous": "20/15 minutes",
    }


async def test_twenty_first_anonymous_start_is_refused_on_every_transport(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **DEFAULTS)) as app,
    ):
        for _, contract in zip(range(20), cycle(ANONYMOUS), strict=False):
            assert (await start(app, contract)).code is None
        for contract in ANONYMOUS:
            assert_limited(contract, await start(app, contract), 20)
        assert len(upstream.requests) == 20
        # A token is another account, and so is each user.
        assert (await start(app, SPOKEN[0], "alice", ALICE)).code is None


async def test_hundred_and_first_start_of_a_user_is_refused_on_every_transport(
    tmp_path: Path,
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **DEFAULTS)) as app,
    ):
        for _ in range(100 - len(SPOKEN)):
            app.app.core.turns.limits.consume(Caller(Identity("alice"), "anywhere"))
        for contract in SPOKEN:
            assert (await start(app, contract, "alice", ALICE)).code is None
        for contract in SPOKEN:
            assert_limited(contract, await start(app, contract, "alice", ALICE), 100)
            assert (await start(app, contract, "bob", BOB)).code is None
        limited = app.app.core.metrics.snapshot()["tokentape_rate_limited_total"]
        assert limited == len(SPOKEN)


@for_anybody
async def test_refused_start_stores_nothing_and_leaves_the_connection(
    contract: Contract, tmp_path: Path
) -> None:
    limits = {"rate_limit_anonymous": "1/15 minutes"}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        door(app.url, contract) as one,
    ):
        turn = spelled(contract, Turn(message="Hi", user="nobody"))
        first = await one.start(turn)
        assert first.code is None
        if contract.transport == "sse":
            told = {name: first.headers[f"ratelimit-{name}"] for name in ("limit", "remaining")}
            assert told == {"limit": "1", "remaining": "0"}
        for _ in range(2):
            assert_limited(contract, await one.start(turn), 1)
        assert len(upstream.requests) == 1
        assert await app.count_messages() == 2


@for_anybody
async def test_made_up_addresses_do_not_help(contract: Contract, tmp_path: Path) -> None:
    limits = {"rate_limit_anonymous": "1/15 minutes"}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
    ):
        for number, code in ((1, None), (2, "RATE_LIMIT")):
            made_up = {"X-Forwarded-For": f"198.51.100.{number}"}
            assert (await start(app, contract, headers=made_up)).code == code


@for_anybody
async def test_trusted_proxy_tells_whom_to_count(contract: Contract, tmp_path: Path) -> None:
    limits = {"rate_limit_anonymous": "1/15 minutes", "trusted_proxies": "127.0.0.0/8"}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
    ):
        for forwarded, code in (
            ("198.51.100.1", None),
            ("198.51.100.2", None),
            ("198.51.100.1", "RATE_LIMIT"),
            # What the client wrote itself stands left of what the proxy saw.
            ("203.0.113.9, 198.51.100.2", "RATE_LIMIT"),
        ):
            reply = await start(app, contract, headers={"X-Forwarded-For": forwarded})
            assert (forwarded, reply.code) == (forwarded, code)


@for_anybody
async def test_addresses_of_one_ipv6_site_count_together_behind_a_socket_for_both_kinds(
    contract: Contract, tmp_path: Path
) -> None:
    limits = {"rate_limit_anonymous": "1/15 minutes", "trusted_proxies": "127.0.0.0/8"}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, host="::", **limits)) as app,
    ):
        # IPv4 comes to it mapped into IPv6.
        app.url = f"http://127.0.0.1:{app.url.rpartition(':')[2]}"
        for forwarded, code in (
            ("2001:db8:0:1::1", None),
            ("2001:db8:0:1:ffff::1", "RATE_LIMIT"),
            ("2001:db8:0:2::1", None),
            ("198.51.100.1", None),
            ("::ffff:198.51.100.1", "RATE_LIMIT"),
            ("::ffff:198.51.100.2", None),
        ):
            reply = await start(app, contract, headers={"X-Forwarded-For": forwarded})
            assert (forwarded, reply.code) == (forwarded, code)


@every_conversation
async def test_refused_starts_are_not_used_up(contract: Contract, tmp_path: Path) -> None:
    limits = {"rate_limit_authenticated": "2/15 minutes"}
    turn = Turn(message="Hi", user="alice", token=ALICE)
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        app.viewer(contract, ALICE) as first,
        app.viewer(contract, ALICE) as second,
    ):
        seeing = first.ask(turn)
        async for seen in seeing:
            if seen.text == "a":
                break
        there = replace(turn, conversation=conversation_of(first))
        for _ in range(3):
            assert (await failing(second, there)).code == "BUSY"
        upstream.released.set()
        assert [seen.end async for seen in seeing if seen.end] == ["completed"]
        # One of two is left.
        assert (await start(app, contract, "alice", ALICE)).code is None
        assert_limited(contract, await start(app, contract, "alice", ALICE), 2)


@for_anybody
async def test_limits_can_be_turned_off(contract: Contract, tmp_path: Path) -> None:
    limits = {"rate_limit_anonymous": "off", "rate_limit_authenticated": "1/15 minutes"}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
    ):
        replies = [await start(app, contract) for _ in range(3)]
        assert [reply.code for reply in replies] == [None] * 3
        assert not any("ratelimit" in name for reply in replies for name in reply.headers)


@for_anybody
async def test_visitors_of_the_page_count_by_their_own_addresses(
    tmp_path: Path, contract: Contract
) -> None:
    settings = {"rate_limit_anonymous": "1/minute"}
    visitors = Visitors(Settings(jwt_secret=SECRET))
    one, other = (visitors.vouch(address) for address in ("203.0.113.9", "2001:db8::7"))
    made_up = {HEADER: one[HEADER].replace("203.0.113.9", "6.6.6.6")}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
    ):
        codes = [
            (await start(app, contract, headers=headers)).code
            for headers in (one, one, other, made_up, {})
        ]
    assert codes == [None, "RATE_LIMIT", None, None, "RATE_LIMIT"]


@every_contract
async def test_more_answers_at_once_than_may_run_are_refused_and_the_others_go_on(
    contract: Contract, tmp_path: Path
) -> None:
    bounds = {"runs_per_caller": 1, "runs_max": 2, "rate_limit_authenticated": "4/15 minutes"}
    turns = {
        user: Turn(message="Hi", user=user, token=token)
        for user, token in (("alice", ALICE), ("bob", BOB), ("cid", CID))
    }
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, **bounds)) as app,
        AsyncExitStack() as stack,
    ):
        running = {}
        for user in ("alice", "bob"):
            viewer = await stack.enter_async_context(app.viewer(contract, turns[user].token))
            seeing = viewer.ask(turns[user])
            async for seen in seeing:
                if seen.text == "a":
                    break
            running[user] = seeing
            if user == "alice":
                assert_full(contract, await start(app, contract, "alice", ALICE), "of yours are")
        assert_full(contract, await start(app, contract, "bob", BOB), "of yours are")
        assert_full(contract, await start(app, contract, "cid", CID), "running here,")
        assert len(upstream.requests) == 2
        assert await app.count_messages() == 4
        upstream.released.set()
        for seeing in running.values():
            assert [seen.end async for seen in seeing if seen.end] == ["completed"]
        # Those that were refused were not counted: three of the four are left.
        for _ in range(3):
            assert (await start(app, contract, "alice", ALICE)).code is None
        assert (await start(app, contract, "cid", CID)).code is None
        assert_limited(contract, await start(app, contract, "alice", ALICE), 4)
        assert app.app.core.metrics.snapshot()["tokentape_rate_limited_total"] == 4


def assert_full(contract: Contract, reply: Reply, whose: str) -> None:
    assert (reply.code, reply.retry_after_s) == ("RATE_LIMIT", RETRY_S)
    assert whose in reply.message
    if contract.transport == "sse":
        assert reply.status == 429
