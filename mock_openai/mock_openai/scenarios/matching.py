"""Which scenario answers: the first, in file order, whose `when` fits the request. Pure."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.conditions import conversation_of
from mock_openai.scenarios.scenario import Scenario

Number = Callable[[Scenario, str], int]
"""From a scenario and a conversation to the number of this request among those that fit."""


@dataclass(frozen=True, slots=True)
class Match:
    """The scenario that answers, and why; or none, with the near misses."""

    scenario: Scenario | None
    why: str


def first_match(
    scenarios: Iterable[Scenario],
    request: ParsedRequest,
    number: Number = lambda _scenario, _key: 1,
) -> Match:
    """`number` counts the requests that fit, for those that answer by it."""
    near: list[tuple[int, str]] = []
    for scenario in scenarios:
        wrong = scenario.when.misses(request)
        if not wrong and scenario.when.counts:
            wrong = scenario.when.counted(number(scenario, conversation_of(request)))
        if not wrong:
            return Match(scenario, f"first match: {scenario.name}{_near_text(near, 'not')}")
        if not scenario.when.never:
            near.append((len(wrong), f"{scenario.name} (not {', '.join(wrong)})"))
    return Match(None, f"no scenario fits{_near_text(near, 'nearest')}")


def _near_text(near: Sequence[tuple[int, str]], word: str) -> str:
    """Those that came nearest, with what they lack."""
    nearest = [text for _, text in sorted(near, key=lambda pair: pair[0])[:3]]
    return f"; {word}: {'; '.join(nearest)}" if nearest else ""
