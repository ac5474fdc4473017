"""No lawful stream is called wrong: random ones, from a generator for each protocol that knows
nothing of our contracts."""

from random import Random

import pytest

from tests.harness.chance import by_chance, seeds
from tests.unit.app.contract.judging import judged
from tests.unit.app.contract.lawful.protocols import PROTOCOLS

STREAMS = 250
"""Of each protocol; `make fuzz` draws twenty times as many."""


@by_chance
@pytest.mark.parametrize("name", PROTOCOLS)
def test_no_lawful_stream_is_called_wrong(name: str) -> None:
    protocol = PROTOCOLS[name]
    for number in seeds(STREAMS):
        events = protocol.lawful(Random(f"{name}/{number}"))
        sent = [
            {"event:": protocol.name(one), **one} if isinstance(one, dict) else one
            for one in events
        ]
        verdict = judged(protocol.contract, sent)
        assert verdict.violations == (), (number, events)
