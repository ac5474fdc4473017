"""Keyed rules: all that a contract says beyond the order of one run, in one pass of each. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokentape.contract.answer_pieces import answers_of
from tokentape.contract.channel_values import ChannelValues, Pieces, json_differences, values_of
from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.dropped_pieces import shown_pieces
from tokentape.contract.event_rules import counter_differences, echo_differences, field_differences
from tokentape.contract.integrity import Difference
from tokentape.contract.known_keys import known_keys
from tokentape.contract.life_rules import life_differences
from tokentape.contract.life_walks import NONE, Known, spans_of
from tokentape.contract.owners import owner_differences
from tokentape.contract.splitting import alone
from tokentape.contract.steps import EventStep, steps_of
from tokentape.contract.timeline import Seen
from tokentape.contract.written_out import written_out


@dataclass(frozen=True, slots=True)
class KeyedFindings:
    """What is wrong with lives, channels, fields and counters; and the pieces of each answer with
    the places of their events, `None` where no channel is the answer."""

    differences: list[Difference]
    answers: list[Pieces] | None
    has_content: bool
    """Whether a piece came of an answer, or of another channel that has content, or anything was
    called."""


def keyed_findings(
    contract: Contract,
    timeline: Sequence[Seen],
    request: Json,
    known: Known = NONE,
    *,
    over: bool,
) -> KeyedFindings:
    """`over`: the stream stopped where it may. `known` is what runs before it in the stream
    named."""
    steps, shorthand = written_out(contract, list(steps_of(contract, timeline)))
    spans = spans_of(contract, steps, request, known_keys(contract, request) | known, over=over)
    end = len(timeline) if over else None
    found = [*shorthand, *life_differences(contract, spans, end), *field_differences(steps)]
    found += owner_differences(contract, steps)
    found += _split_differences(contract, steps)
    found += counter_differences(contract, steps)
    found += echo_differences(contract, steps, request)
    channels = []
    for span in spans:
        values, unlike = values_of(contract, span)
        channels.append(values)
        found += [*unlike, *json_differences(contract, span, values)]
    answers = shown_pieces(contract, spans, answers_of(channels))
    has_content = any(answers or ()) or any(_has_more(values) for one in channels for values in one)
    return KeyedFindings(found, answers, has_content)


def _has_more(values: ChannelValues) -> bool:
    """Whether a channel beside the answer has content: a call is some, even without a piece."""
    channel = values.channel
    if channel.answer or not channel.content:
        return False
    called = channel.of is not None and channel.json is not None
    return any(called or value.pieces for value in values.values.values())


def _split_differences(contract: Contract, steps: Sequence[EventStep]) -> Iterator[Difference]:
    """What may not come among the events that one stands for, each kind once."""
    reported: set[str] = set()
    for step in steps:
        path = step.kind.splits
        for number, payload in enumerate(alone(step.payload, path)) if path is not None else ():
            kind = contract.kind_of(step.kind.event or "", payload)
            name = "an unknown one" if kind is None else kind.name
            never = "it is of no kind" if kind is None else kind.never
            if never is not None and name not in reported:
                reported.add(name)
                element = pick(step.payload, f"{path}.{number}")
                words = f"{path}.{number} is {name} ({str(element)[:40]}): {never}"
                yield Difference("out_of_order", step.index, words, about="never")
