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
from tests.unit.app.contract.mutated import body, lawful, mutated

STREAMS = 400 if FUZZING else 200
"""Of each client; with `FUZZ_FACTOR=5` 2,000 of each."""
FOUND_SEEDS = {"anthropic": (589056283,), "openai-responses": (589055566, 589056384)}
"""Seeds of streams that a client rejected and we took: lists that were not empty at first."""
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


CLIENTS: Mapping[str, Client] = {
    "@ag-ui/client": Client("ag-ui", partial(by_node, script="ag_ui.mjs"), restarts=True),
    "ai 7": Client("ai-sdk-ui", partial(by_node, script="ai.mjs", argument="ai-7")),
    "ai 6": Client("ai-sdk-ui of version 6", partial(by_node, script="ai.mjs", argument="ai-6")),
    "@anthropic-ai/sdk": Client("anthropic", partial(by_node, script="anthropic.mjs")),
    "openai, responses": Client(
        "openai-responses", partial(by_node, script="openai.mjs", argument="responses")
    ),
    "anthropic of Python": Client("anthropic", partial(by_python, messages)),
    "openai of Python, responses": Client("openai-responses", partial(by_python, responses)),
    "openai of Python, chat": Client("openai", partial(by_python, chat)),
    "openai, chat": Client("openai", partial(by_node, script="openai.mjs", argument="chat")),
}


@by_chance
@pytest.mark.parametrize("name", CLIENTS)
def test_whatever_the_official_client_rejects_we_reject(name: str) -> None:
    client = CLIENTS[name]
    protocol = PROTOCOLS[client.protocol]
    drawn = (*FOUND_SEEDS.get(client.protocol, ()), *seeds(STREAMS))
    streams = [mutated(protocol, Random(f"{client.protocol}/{number}")) for number in drawn]
    right = [lawful(protocol, Random(f"{name}/{number}")) for number in seeds(LAWFUL)]
    reactions = client.react([body(stream) for stream in (*right, *streams)])
    taken, reactions = reactions[: len(right)], reactions[len(right) :]
    # Our generators don't make up what no client would take.
    refused = [(one.problem, shown(stream)) for one, stream in zip(taken, right, strict=True)]
    assert [problem for problem in refused if problem[0] is not None] == []
    missed = []
    for number, stream, reaction in zip(drawn, streams, reactions, strict=True):
        if reaction.problem is None and not reaction.failed:
            continue
        verdict = judged_bytes(protocol.contract, body(stream))
        if not verdict.right:
            continue
        if reaction.problem is not None:
            missed.append((number, reaction.problem, shown(stream)))
        elif verdict.outcome != "failed" and not client.restarts:
            missed.append((number, "a failure that the server announced", shown(stream)))
    assert missed == []
    # And what it shows in the end is the text that we compare with what was due.
    for stream, reaction in zip([*right, *streams], [*taken, *reactions], strict=True):
        verdict = judged_bytes(protocol.contract, body(stream))
        if reaction.text is not None and verdict.right and verdict.outcome != "failed":
            assert verdict.text == reaction.text, shown(stream)
    assert sum(one.problem is not None for one in reactions) > FEWEST * len(streams)
