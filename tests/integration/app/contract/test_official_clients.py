"""The official clients as referees on one side: whatever one of them rejects, our contract rejects.

The converse is not asked: they let much pass that is wrong.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from random import Random

import pytest

from tests.harness.chance import FUZZING, by_chance, seeds
from tests.integration.app.contract.clients import Reaction, by_node
from tests.integration.app.contract.python_clients import by_python, chat, messages, responses
from tests.integration.app.contract.streams import judged_bytes, shown
from tests.unit.app.contract.lawful.protocols import PROTOCOLS
from tests.unit.app.contract.mutated import Stream, body, lawful, mutated
from tokentape.contract.contract import Json, pick

STREAMS = 400 if FUZZING else 200
"""Of each client; `make fuzz` takes five times as many."""
LAWFUL = 20
FEWEST = 1 / 8
"""So many of the spoilt streams a client rejects at least: it does look at them."""


@dataclass(frozen=True)
class Client:
    """A client, the protocol that it reads, and how it is asked about bodies."""

    protocol: str
    react: Callable[[Sequence[str]], list[Reaction]]
    restarts: bool = False
    """Whether a stream may hold several runs, each with an end of its own."""
    lets_pass: Callable[[Stream], bool] = lambda _stream: False
    """What the client's own reader of raw events takes, and its helper alone does not: no more
    than that is asked of our contract."""


def begins_blank(stream: Stream) -> bool:
    """JSON may begin with blanks; the helper reads each beginning, and a blank one is none."""
    pieces = (pick(one.payload, "delta.partial_json") for one in stream)
    return any(isinstance(one, str) and one != "" and not one.strip() for one in pieces)


def strange_choices(stream: Stream) -> bool:
    """Many servers send a finish without a delta, and every client's reader takes it; and any
    choice may come first, where the helper's list must begin with the first."""
    numbers: list[Json] = []
    for one in stream:
        choices = pick(one.payload, "choices")
        for choice in choices if isinstance(choices, list) else ():
            if isinstance(choice, dict):
                numbers.append(choice.get("index"))
                if choice.get("delta") is None:
                    return True
    return any(number not in (0, None) for number in numbers)


CLIENTS: Mapping[str, Client] = {
    "@ag-ui/client": Client("ag-ui", partial(by_node, script="ag_ui.mjs"), restarts=True),
    "ai 7": Client("ai-sdk-ui", partial(by_node, script="ai.mjs", argument="ai-7")),
    "ai 6": Client("ai-sdk-ui of version 6", partial(by_node, script="ai.mjs", argument="ai-6")),
    "@anthropic-ai/sdk": Client("anthropic", partial(by_node, script="anthropic.mjs")),
    "openai, responses": Client(
        "openai-responses", partial(by_node, script="openai.mjs", argument="responses")
    ),
    "anthropic of Python": Client(
        "anthropic", partial(by_python, messages), lets_pass=begins_blank
    ),
    "openai of Python, responses": Client("openai-responses", partial(by_python, responses)),
    "openai of Python, chat": Client("openai", partial(by_python, chat), lets_pass=strange_choices),
    "openai, chat": Client("openai", partial(by_node, script="openai.mjs", argument="chat")),
}


@by_chance
@pytest.mark.parametrize("name", CLIENTS)
def test_whatever_the_official_client_rejects_we_reject(name: str) -> None:
    client = CLIENTS[name]
    protocol = PROTOCOLS[client.protocol]
    drawn = seeds(STREAMS)
    streams = [mutated(protocol, Random(f"{client.protocol}/{number}")) for number in drawn]
    right = [lawful(protocol, Random(f"{name}/{number}")) for number in seeds(LAWFUL)]
    reactions = client.react([body(stream) for stream in (*right, *streams)])
    taken, reactions = reactions[: len(right)], reactions[len(right) :]
    # Our generators don't make up what no client would take.
    refused = [
        (one.problem, shown(stream))
        for one, stream in zip(taken, right, strict=True)
        if not client.lets_pass(stream)
    ]
    assert [problem for problem in refused if problem[0] is not None] == []
    missed = []
    for number, stream, reaction in zip(drawn, streams, reactions, strict=True):
        if reaction.problem is None and not reaction.failed:
            continue
        if client.lets_pass(stream):
            continue
        verdict = judged_bytes(protocol.contract, body(stream))
        if not verdict.right:
            continue
        if reaction.problem is not None:
            missed.append((number, reaction.problem, shown(stream)))
        elif verdict.outcome != "failed" and not client.restarts:
            missed.append((number, "a failure that the server announced", shown(stream)))
    assert missed == []
    assert sum(one.problem is not None for one in reactions) > FEWEST * len(streams)
