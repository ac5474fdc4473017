"""Rooms by JavaScript clients: socket.io-client and ws in one room see the same."""

import asyncio
from typing import Any
from uuid import uuid4

from e2e.javascript import run_node
from e2e.journal import Journal
from e2e.messages import key_of, unique
from e2e.servers import Stack
from tokentape.contract.contract import Json
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, judge
from tokentape.dialects.contracts import CONTRACTS


async def member(**asked: Any) -> list[Json]:
    """What one member printed."""
    return await run_node("room.mjs", asked)


def said_to(lines: list[Json], mark: str) -> Json:
    return next(line[mark] for line in lines if mark in line)


async def test_socketio_client_and_ws_share_a_room_and_an_answer(
    stack: Stack, journal: Journal
) -> None:
    question = unique("Tell us of the sea", "tokens=60 first=50ms gap=5ms")
    room, url = f"room-{uuid4()}", stack.app.root
    common = {"url": url, "roomId": room, "members": 3}
    everybody = await asyncio.gather(
        member(**common, transport="socketio", userId="ann", ask=question),
        member(**common, transport="websocket", userId="bob"),
        member(**common, transport="socketio", userId="cid"),
    )
    text = (await journal.ended(key_of(question))).text
    run = said_to(everybody[0], "started")["runId"]
    runs = []
    for lines, transport in zip(everybody, ("socketio", "websocket", "socketio"), strict=True):
        contract = CONTRACTS[f"inference/{transport}"]
        told = [
            (line["event"], line["payload"])
            for line in lines
            if line.get("payload", {}).get("runId") == run
        ]
        timeline = [see(contract, *one, at_ns=number) for number, one in enumerate(told)]
        verdict = judge(contract, timeline, 0, Expectation(text=text, outcome="completed"))
        assert verdict.right, verdict.violations
        runs.append(told)
    assert runs[0] == runs[1] == runs[2]
    sent, again = said_to(everybody[0], "sent"), said_to(everybody[0], "again")
    assert sent == again
    for lines in everybody[1:]:
        told = [(line["event"], line["payload"]) for line in lines if "event" in line]
        # She leaves when she has heard it all; who is slower hears of that too.
        stayed = [one for one in told if one[0] != "room:leave"]
        hers = [event for event, payload in stayed if payload.get("userId") == "ann"][-4:]
        assert hers == ["message:new", "presence:update", "typing:start", "typing:stop"]
        assert sent["message"] in [payload for _, payload in told]
