"""socket.io-client's `retries`: a start whose acknowledgement was lost on the wire is sent again by
the real client, and stays one answer."""

from typing import get_args

import pytest

from e2e.javascript import LINGER_MS, run_node
from e2e.journal import Journal
from e2e.losing import Way, losing
from e2e.messages import key_of, unique
from e2e.servers import Stack
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, Emit, fill
from tokentape.dialects.contracts import CONTRACTS

SOCKETIO = {key: one for key, one in CONTRACTS.items() if one.transport == "socketio"}
ACK_TIMEOUT_MS = 500


@pytest.mark.parametrize("contract", SOCKETIO.values(), ids=SOCKETIO)
@pytest.mark.parametrize("way", get_args(Way))
@pytest.mark.parametrize("tokens", [6, 120], ids=["ended by then", "running still"])
async def test_start_that_is_sent_again_is_one_answer(
    stack: Stack, journal: Journal, contract: Contract, way: Way, tokens: int
) -> None:
    assert isinstance(contract.start, Emit)
    message = unique("Tell me of the sea", f"tokens={tokens} first=10ms gap=10ms")
    values = Turn(message=message, user="ann").values()
    async with losing(stack.app.root, way) as proxy:
        namespace = "" if contract.namespace == "/" else contract.namespace
        lines = await run_node(
            "retry.mjs",
            {
                "url": f"{proxy.url}{namespace}",
                "emit": [contract.start.event, fill(contract.start.payload, values)],
                "ends": sorted({kind.event or "" for kind in contract.kinds if kind.end}),
                "ackTimeout": ACK_TIMEOUT_MS,
                "lingerMs": LINGER_MS,
            },
        )
    assert (len(proxy.lost), len(proxy.events)) == (1, 2)
    assert proxy.events[0].partition("[")[2] == proxy.events[1].partition("[")[2]
    (answer,) = [line["acknowledged"] for line in lines if "acknowledged" in line]
    assert answer["ok"], lines
    told = [line for line in lines if "event" in line and line["event"] not in contract.ignored]
    assert {line["payload"]["runId"] for line in told} == {answer["runId"]}
    last = [line for line in told if line["sid"] == told[-1]["sid"]]
    assert [line["payload"]["seq"] for line in last] == list(range(len(last)))
    text = (await journal.ended(key_of(message))).text
    kinds = [(contract.kind_of(line["event"], line["payload"]), line) for line in last]
    words = [line["payload"][kind.text] for kind, line in kinds if kind and kind.text]
    assert "".join(words) == text
    assert len(await journal.entries(key_of(message))) == 1
