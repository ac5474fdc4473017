"""Which recording answers: that of the same request, of the same session, in the same order."""

from collections import Counter

import pytest

from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ScenarioError
from mock_openai.request.request_digest import request_digest
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.matching import first_match
from mock_openai.scenarios.scenario import Scenario
from tests.unit.mock_openai.bodies import chat

READ = ENDPOINTS["/v1/chat/completions"].read
DIGEST = request_digest(READ(chat("Hi"), {})[0])


def recording(name: str, nth: int | None = None, session: str = "", more: str = "") -> Scenario:
    count = f", nth: {nth}" if nth else ""
    text = f"""
name: {name}
when: {{request_digest: "{DIGEST}"{count}{more}}}
steps: []
recorded: {{endpoint: chat.completions, writes: [[1, "{{}}"]], session: "{session}"}}"""
    [scenario] = read_scenarios(text, "file.yaml", "x")
    return scenario


def answers(
    scenarios: list[Scenario], text: str, times: int, session: str = ""
) -> list[str | None]:
    counts: Counter[tuple[str, str]] = Counter()

    def number(name: str, conversation: str) -> int:
        counts[name, conversation] += 1
        return counts[name, conversation]

    headers = {"x-mock-session": session} if session else {}
    names: list[str | None] = []
    for _ in range(times):
        request, _ = READ(chat(text), headers)
        match = first_match(scenarios, request, number)
        names.append(match.scenario.name if match.scenario else None)
    return names


def test_repeats_come_in_their_order_and_the_last_one_repeats() -> None:
    scenarios = [recording("c", 5), recording("a"), recording("b", 2)]
    assert answers(scenarios, "Hi", 7) == ["a", "b", "b", "b", "c", "c", "c"]
    assert answers([recording("b", 2)], "Hi", 2) == ["b", "b"], "the first was lost"
    assert answers(scenarios, "Ho", 1) == [None]


def test_those_of_the_own_session_come_before_all_others() -> None:
    scenarios = [recording("a", session="one"), recording("b", session="two"), recording("c")]
    assert answers(scenarios, "Hi", 1, "one") == ["a"]
    assert answers(scenarios, "Hi", 1, "two") == ["b"]
    assert answers(scenarios, "Hi", 1) == ["c"]
    assert answers(scenarios[:2], "Hi", 2, "three") == ["a", "a"]
    assert [one.unsettled for one in scenarios] == [True, True, False]


def test_the_other_conditions_hold_too() -> None:
    scenarios = [recording("a", more=", model: gpt-5"), recording("b")]
    assert answers(scenarios, "Hi", 2) == ["b", "b"]


@pytest.mark.parametrize(
    ("when", "problem"),
    [
        ("{request_digest: 3}", "put it in quotes"),
        ("{request_digest: abc}", "a digest has 32 of the digits 0-9, a-f"),
        (f'{{request_digest: "{DIGEST.upper()}"}}', "a digest has 32"),
        (f'{{request_digest: "{DIGEST}", first: true}}', "counted by nth alone"),
        ("{redacted: [pin]}", "goes with request_digest"),
        (f'{{request_digest: "{DIGEST}", redacted: pin}}', "a list of names"),
        (f'{{request_digst: "{DIGEST}"}}', "did you mean 'request_digest'"),
    ],
)
def test_what_makes_no_sense_is_refused(when: str, problem: str) -> None:
    with pytest.raises(ScenarioError, match=problem):
        read_scenarios(f"when: {when}\nsteps: []\n", "file.yaml", "x")


def test_a_recording_of_the_old_kind_still_answers() -> None:
    old = r"""
name: recorded-0123456789ab
description: 'Recorded: chat.completions, gpt-4o.'
when: {model: gpt-4o, last_user: '/\AHi\z/s', turn: 1}
pace: {first_token_ms: 200.0}
steps: [{say: Hello}]
recorded:
  endpoint: chat.completions
  status: 200
  streamed: true
  headers: {content-type: text/event-stream}
  ending: complete
  head_us: 1
  end_us: 9
  writes: [[5, "data: {}\n\n"], [7, "data: [DONE]\n\n"]]
"""
    [scenario] = read_scenarios(old, "file.yaml", "x")
    request, _ = READ(chat("Hi", stream=True, tools=[]), {})
    assert first_match([scenario], request).scenario == scenario
    assert scenario.recorded is not None
    assert scenario.recorded.fits(request)
    data = [frame.data for frame in scenario.recorded.plan(1).frames]
    assert data == [b"data: {}\n\n", b"data: [DONE]\n\n"]
