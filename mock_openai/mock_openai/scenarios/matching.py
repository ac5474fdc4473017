"""Which scenario answers: the first, in file order, whose `when` fits the request. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.request.request_digest import RequestDigests
from mock_openai.request.sessions import session_of
from mock_openai.scenarios.conditions import conversation_of
from mock_openai.scenarios.scenario import Scenario

Number = Callable[[str, str], int]
"""From what is counted, a scenario or a digest, and a conversation to the number of this request
among those that fit."""


@dataclass(frozen=True, slots=True)
class Match:
    """The scenario that answers, and why; or none, with the near misses."""

    scenario: Scenario | None
    why: str


def first_match(
    scenarios: Sequence[Scenario],
    request: ParsedRequest,
    number: Number = lambda _name, _key: 1,
) -> Match:
    """`number` counts the requests that fit, for those that answer by it."""
    near: list[tuple[int, str]] = []
    digests = RequestDigests(request)
    for scenario in scenarios:
        if scenario.when.never:
            continue
        wrong = scenario.when.misses(request, digests)
        if not wrong and scenario.when.request_digest is not None:
            return _recorded(scenarios, scenario.when.request_digest, request, digests, number)
        if not wrong and scenario.when.counts:
            wrong = scenario.when.counted(number(scenario.name, conversation_of(request)))
        if not wrong:
            return Match(scenario, f"first match: {scenario.name}{_near_text(near, 'not')}")
        near.append((len(wrong), f"{scenario.name} (not {', '.join(wrong)})"))
    return Match(None, f"no scenario fits{_near_text(near, 'nearest')}")


def _recorded(
    scenarios: Sequence[Scenario],
    digest: str,
    request: ParsedRequest,
    digests: RequestDigests,
    number: Number,
) -> Match:
    """Of the recordings of one request: those of its own session, if there are any, one after
    another; the last one repeats."""
    same = [one for one in scenarios if one.when.request_digest == digest]
    same = [one for one in same if not one.when.misses(request, digests)]
    session = session_of(request.headers)
    own = [one for one in same if one.session == session] or same
    if len(own) == 1:
        return Match(own[0], f"the same request was recorded: {own[0].name}")
    now = number(digest, "")
    before = [one for one in own if _nth(one) <= now]
    found = max(before, key=_nth) if before else min(own, key=_nth)
    return Match(found, f"the same request, number {now}, was recorded: {found.name}")


def _nth(scenario: Scenario) -> int:
    return scenario.when.nth or 1


def _near_text(near: Sequence[tuple[int, str]], word: str) -> str:
    """Those that came nearest, with what they lack."""
    nearest = [text for _, text in sorted(near, key=lambda pair: pair[0])[:3]]
    return f"; {word}: {'; '.join(nearest)}" if nearest else ""
