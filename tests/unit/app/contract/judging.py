"""Made streams, judged: for contracts whose parts have lives of their own."""

from typing import Any

from tokentape.contract import Contract, Expectation, Verdict, judge
from tokentape.contract.timeline import see

Event = dict[str, Any]


def judged(contract: Contract, events: list[Any], **expected: Any) -> Verdict:
    timeline = []
    for number, event in enumerate(events):
        name = event.pop("event:", "") if isinstance(event, dict) else ""
        timeline.append(see(contract, name, event, at_ns=number * 1_000_000, read=number))
    return judge(contract, timeline, 0, Expectation(**expected))


def kinds(verdict: Verdict) -> list[str]:
    return [broken.kind for broken in verdict.violations]


def interleaved(*streams: list[Event]) -> list[Event]:
    left, found = [list(stream) for stream in streams], []
    while any(left):
        found += [stream.pop(0) for stream in left if stream]
    return found
