"""Event rules: what the fields of each event must hold, numbers that never fall, and values of the
request that must come back. Pure."""

from collections.abc import Iterator, Sequence

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.field_types import breach, found_at
from tokentape.contract.integrity import Difference
from tokentape.contract.shown_value import shown
from tokentape.contract.steps import EventStep


def field_differences(steps: Sequence[EventStep]) -> Iterator[Difference]:
    """Fields that are absent or hold something else, each path of a kind once."""
    reported: set[tuple[str, str]] = set()
    for step in steps:
        for path, word in step.kind.fields.items():
            if step.needs is not None and path not in step.needs:
                continue  # said of the event that stands for it, or added by who reads
            problem = breach(found_at(step.payload, path), word)
            if problem and (step.kind.name, path) not in reported:
                reported.add((step.kind.name, path))
                yield Difference("field_wrong", step.index, f"{step.kind.name}: {path} {problem}")


def counter_differences(contract: Contract, steps: Sequence[EventStep]) -> Iterator[Difference]:
    """The first place at which each counter falls."""
    for path in contract.counters:
        highest: float | None = None
        for step in steps:
            value = pick(step.payload, path)
            if not isinstance(value, int | float) or isinstance(value, bool):
                continue
            if highest is not None and value < highest:
                words = f"{path} was {highest}, now {value}: it never falls"
                yield Difference("counter_fell", step.index, words)
                break
            highest = value


def echo_differences(
    contract: Contract, steps: Sequence[EventStep], request: Json
) -> Iterator[Difference]:
    """Values of the request that came back as others: where the path first says something."""
    for path, asked in contract.must_echo.items():
        due = pick(request, asked)
        named = [(step, value) for step in steps if (value := pick(step.payload, path)) is not None]
        if due is not None and named and all(value != due for _, value in named):
            step, value = named[0]
            words = f"{path} is {shown(value)}, the request's {asked} is {shown(due)}"
            yield Difference("id_changed", step.index, words)
