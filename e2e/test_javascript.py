"""The JavaScript clients that people really use, judged by the same contracts as ours."""

import asyncio

import pytest

from e2e.javascript import over_fetch, over_socketio
from e2e.journal import Journal
from e2e.messages import key_of, unique
from e2e.servers import Stack
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, Json
from tokentape.contract.verdict import Expectation
from tokentape.dialects.contracts import CONTRACTS

SOCKETIO = {key: one for key, one in CONTRACTS.items() if one.transport == "socketio"}
TRANSPORTS = {
    "the client's own choice": None,  # polling first, then an upgrade in mid-stream
    "websocket": ["websocket"],
    "polling": ["polling"],
}
each_contract = pytest.mark.parametrize("contract", SOCKETIO.values(), ids=SOCKETIO)


@each_contract
async def test_socketio_client_hears_the_scripted_answer_in_order(
    stack: Stack, journal: Journal, contract: Contract
) -> None:
    async with asyncio.TaskGroup() as cases:
        for transports in TRANSPORTS.values():
            cases.create_task(scripted_answer(stack, journal, contract, transports))


async def scripted_answer(
    stack: Stack, journal: Journal, contract: Contract, transports: list[str] | None
) -> None:
    turn = Turn(message=unique("Tell me of the sea", "tokens=60 first=50ms gap=5ms"))
    heard = await over_socketio(stack.app.root, contract, turn, transports=transports)
    assert heard.refused is None
    script = (await journal.ended(key_of(turn.message))).text
    verdict = heard.verdict(Expectation(text=script, outcome="completed"))
    assert verdict.right, (transports, verdict.violations)
    assert verdict.text == script
    assert [seen.seq for seen in heard.timeline] == list(range(len(heard.timeline)))


@each_contract
async def test_socketio_client_hears_a_failure_once_and_by_its_code(
    stack: Stack, contract: Contract
) -> None:
    turn = Turn(message=unique("Break off", "tokens=30 first=20ms gap=5ms fault=cut@7"))
    heard = await over_socketio(stack.app.root, contract, turn)
    verdict = heard.verdict()
    assert verdict.right, verdict.violations
    assert (verdict.outcome, verdict.code) == ("failed", "UPSTREAM_TRUNCATED")
    assert verdict.text


@pytest.mark.parametrize(
    ("key", "stop"),
    [
        ("ai-gateway/socketio", ["chat:stop"]),  # as the protocol's own example has it
        ("ai-gateway/socketio", ["chat:stop", {}]),
        ("ai-chat/socketio", ["ai:stop", {}]),
        ("ai-chat/socketio", ["ai:stop"]),
        ("stream-chat/socketio", ["stop-stream"]),
        ("inference/socketio", ["chat:stop"]),
    ],
    ids=["chat:stop alone", "chat:stop", "ai:stop", "ai:stop alone", "stop-stream", "in /ws"],
)
async def test_stop_from_javascript_closes_the_upstream(
    stack: Stack, journal: Journal, key: str, stop: list[Json]
) -> None:
    turn = Turn(message=unique("Go on and on", "tokens=2000 first=20ms gap=10ms"))
    heard = await over_socketio(
        stack.app.root, CONTRACTS[key], turn, transports=["websocket"], stop_after=8, stop=stop
    )
    entry = await journal.ended(key_of(turn.message))
    verdict = heard.verdict(Expectation(text=entry.text, outcome="stopped"))
    assert verdict.right, verdict.violations
    assert entry.state == "client_closed"
    assert len(verdict.text) < len(entry.text)


async def test_example_of_the_ai_chat_protocol_reads_the_whole_answer(
    stack: Stack, journal: Journal
) -> None:
    contract = CONTRACTS["ai-chat/sse"]
    turn = Turn(message=unique("What services do you offer?", "tokens=60 first=50ms gap=5ms"))
    heard = await over_fetch(stack.app.root, contract, turn)
    assert heard.refused is None
    script = (await journal.ended(key_of(turn.message))).text
    verdict = heard.verdict(Expectation(text=script, outcome="completed"))
    assert verdict.right, verdict.violations


async def test_example_of_the_ai_chat_protocol_hears_of_a_failure(stack: Stack) -> None:
    turn = Turn(message=unique("Break off", "tokens=30 first=20ms gap=5ms fault=cut@7"))
    heard = await over_fetch(stack.app.root, CONTRACTS["ai-chat/sse"], turn)
    assert heard.timeline[-1].payload["error"] == "Failed to process message"
    assert (heard.verdict().outcome, heard.verdict().code) == ("failed", "UPSTREAM_TRUNCATED")
