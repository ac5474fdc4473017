"""Keyed rules: all that a contract says beyond the order of one run, in one pass of each. Pure."""

from collections.abc import Sequence

from tokentape.contract.channel_values import Pieces, answer_of, json_differences, values_of
from tokentape.contract.contract import Contract, Json
from tokentape.contract.event_rules import counter_differences, echo_differences, field_differences
from tokentape.contract.integrity import Difference
from tokentape.contract.life_walks import life_differences, spans_of
from tokentape.contract.steps import steps_of
from tokentape.contract.timeline import Seen


def keyed_differences(
    contract: Contract, timeline: Sequence[Seen], request: Json
) -> tuple[list[Difference], Pieces | None]:
    """What is wrong with lives, channels, fields and counters; and the pieces of the answer with
    the places of their events, `None` where no channel is the answer."""
    steps = list(steps_of(contract, timeline))
    spans = spans_of(contract, steps)
    found = [*life_differences(contract, spans), *field_differences(steps)]
    found += counter_differences(contract, steps)
    found += echo_differences(contract, steps, request)
    channels = []
    for span in spans:
        values, unlike = values_of(contract, span)
        channels.append(values)
        found += [*unlike, *json_differences(contract, span, values)]
    return found, answer_of(channels)
