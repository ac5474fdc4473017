"""Identity, in every dialect over every transport: bad tokens, and what is somebody else's."""

from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from tests.integration.app.bad_tokens import BAD_TOKENS
from tests.integration.app.doors import SocketDoor, TurnedAway, door, spelled
from tests.integration.app.serving import (
    CONVERSING,
    SECRET,
    Served,
    every_contract,
    every_conversation,
    serving,
    settings_for,
    watched,
)
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.client.viewer import conversation_of, run_of
from tokentape.contract.contract import Contract, RequestTemplate, fill

ALICE, BOB = (sign(SECRET, name, 86_400, {}) for name in ("alice", "bob"))
HELD: Script = [HEAD, chunk("a"), Hold(), finish(), DONE]
HELLO = Turn(message="Hello", user="alice", token=ALICE)


async def refusal_of(app: Served, contract: Contract, token: str) -> str | None:
    """The code with which a start with this token is refused, wherever the dialect takes it."""
    turn = Turn(message="Hello", user="alice", token=token)
    in_payload = "token" in (spelled(contract, turn) if contract.auth is None else {})
    try:
        async with door(app.url, contract, token=None if in_payload else token) as one:
            return (await one.start(spelled(contract, turn))).code
    except TurnedAway as away:
        return str(away).upper()


@every_contract
async def test_bad_token_is_refused_also_where_a_token_is_optional(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        refusals = {bad: await refusal_of(app, contract, BAD_TOKENS[bad]) for bad in BAD_TOKENS}
        assert refusals == dict.fromkeys(BAD_TOKENS, "UNAUTHORIZED")
        assert upstream.requests == []
        assert await refusal_of(app, contract, ALICE) is None


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
async def test_tokens_of_a_public_key_are_believed(algorithm: str, tmp_path: Path) -> None:
    key: Any = (
        rsa.generate_private_key(public_exponent=65537, key_size=2048)
        if algorithm == "RS256"
        else ec.generate_private_key(ec.SECP256R1())
    )
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    token = jwt.encode({"sub": "alice"}, key, algorithm=algorithm)
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, jwt_public_key=pem.decode())) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        head = {"Authorization": f"Bearer {token}"}
        answer = await http.post("/api/v2/ai/chat/stream", json={"message": "Hello"}, headers=head)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    "contract",
    # Where it is a part of the path, and nobody is anonymous, the dialect's own tests tell.
    [contract for contract in CONVERSING if not contract.needs_token],
    ids=lambda contract: contract.key,
)
async def test_nobody_continues_somebody_elses_conversation(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        async with app.viewer(contract, ALICE) as alice:
            await watched(alice, HELLO)
            place = await app.app.core.turns.store.run_owner(run_of(alice) or "")
        assert place is not None
        for name, token in (("bob", BOB), ("nobody", None)):
            turn = Turn(message="Hi", user=name, token=token, conversation=place.id)
            async with door(app.url, contract, token=token) as one:
                reply = await one.start(spelled(contract, turn))
            assert (reply.code, reply.status) in (("NOT_FOUND", None), ("NOT_FOUND", 404))
            missing = Turn(message="Hi", user=name, token=token, conversation=place.id[:-1])
            async with door(app.url, contract, token=token) as one:
                other = await one.start(spelled(contract, missing))
            # What is somebody else's looks like what is not there, where that is refused too.
            assert other.code is None or (other.code, other.message) == (reply.code, reply.message)
        store = app.app.core.turns.store
        assert [one.content for one in await store.messages(place.dialect, place.id, 9)] == [
            "Hello",
            "Hi",
        ]


@every_contract
async def test_nobody_reads_or_stops_somebody_elses_run(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract, ALICE) as alice,
    ):
        async for seen in alice.ask(HELLO):
            if seen.text == "a":
                run = run_of(alice)
                for token in (BOB, None):
                    values = {
                        "run": run,
                        "seq": 0,
                        "token": token,
                        "conversation": conversation_of(alice),
                    }
                    async with door(app.url, contract, token=token) as one:
                        if isinstance(one, SocketDoor):
                            await assert_out_of_reach(one, contract, values)
                        else:
                            await assert_not_found(one.http, contract, values)
                upstream.released.set()
        assert [seen.end for seen in alice.timeline if seen.end] == ["completed"]


async def assert_out_of_reach(one: SocketDoor, contract: Contract, values: dict[str, Any]) -> None:
    resumed = await one.call("resume", {"runId": values["run"], "lastSeq": -1})
    assert resumed == {"ok": False, "code": "FORBIDDEN"}
    if contract.dialect != "ai-gateway":  # which stops by conversation: see its own tests
        assert contract.stop is not None
        stopped = await one.emit(contract.stop.event, {"runId": values["run"]})  # type: ignore[union-attr]  # a socket's
        assert stopped.code == "NOT_FOUND"


async def assert_not_found(
    http: httpx2.AsyncClient, contract: Contract, values: dict[str, Any]
) -> None:
    for call in (contract.resume, contract.stop):
        assert isinstance(call, RequestTemplate)
        path, headers = fill(call.path, values), fill(call.headers, values)
        answer = await http.request(call.method, path, headers=headers)
        missing = await http.request(call.method, path.replace(values["run"], "never-was"))
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
        assert answer.content == missing.content


async def test_nobody_reads_somebody_elses_history(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=f"{app.url}/api/v2/ai/chat", trust_env=False) as http,
    ):
        head = {"Authorization": f"Bearer {ALICE}"}
        body = {"message": "Hello", "sessionId": "hers"}
        await http.post("/stream", json=body, headers=head)
        assert len((await http.get("/hers", headers=head)).json()["messages"]) == 2
        missing = await http.get("/nobodys")
        for token in (BOB, None):
            other = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await http.get("/hers", headers=other)
            assert (answer.status_code, answer.content) == (404, missing.content)


@every_conversation
async def test_anonymous_conversation_is_reached_by_whoever_knows_its_id(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        async with app.viewer(contract) as first:
            await watched(first, Turn(message="Hello"))
            place = await app.app.core.turns.store.run_owner(run_of(first) or "")
        assert place is not None
        assert len(place.id) == 36
        async with app.viewer(contract) as second:
            verdict = await watched(second, Turn(message="More", conversation=place.id))
        assert (verdict.outcome, verdict.violations) == ("completed", ())
        assert len(upstream.requests[1]["messages"]) == 3
