"""A scenario's usage is told as it says, and `when.tool_result` is what a tool has answered."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ScenarioError
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.settings import Settings

USAGE = "usage: {prompt_tokens: 1200, cached_tokens: 1024, completion_tokens: 7}\nsteps: [say: Hi]"
MESSAGES = [{"role": "user", "content": "Hello?"}]


def answered(folder: Path, scenario: str, path: str, **body: Any) -> tuple[str, Any]:
    """The scenario that answers, and the answer."""
    (folder / "mine.yaml").write_text(scenario)
    settings = Settings(folders=(folder,))
    planner = Planner(ScenarioFiles(settings.folders), settings)
    content = json.dumps({"model": "gpt-4o", **body}).encode()
    made = planner.plan(ENDPOINTS[path], {}, content)
    return made.scenario, json.loads(made.plan.frames[0].data)


def test_usage_is_told_as_scripted(tmp_path: Path) -> None:
    _, chat = answered(tmp_path, USAGE, "/v1/chat/completions", messages=MESSAGES)
    told = chat["usage"]
    assert (told["prompt_tokens"], told["completion_tokens"], told["total_tokens"]) == (
        1200,
        7,
        1207,
    )
    assert told["prompt_tokens_details"]["cached_tokens"] == 1024
    _, response = answered(tmp_path, USAGE, "/v1/responses", input="Hello?")
    assert response["usage"]["input_tokens_details"]["cached_tokens"] == 1024
    assert response["usage"]["total_tokens"] == 1207
    _, message = answered(tmp_path, USAGE, "/v1/messages", messages=MESSAGES, max_tokens=9)
    told = message["usage"]
    assert (told["input_tokens"], told["cache_read_input_tokens"]) == (176, 1024)


def test_no_more_is_cached_than_there_is(tmp_path: Path) -> None:
    scenario = "usage: {cached_tokens: 1024}\nsteps: [say: Hi]"
    _, chat = answered(tmp_path, scenario, "/v1/chat/completions", messages=MESSAGES)
    assert chat["usage"]["prompt_tokens_details"]["cached_tokens"] == chat["usage"]["prompt_tokens"]


@pytest.mark.parametrize(
    ("usage", "reasoned", "said"),
    [
        ("completion_tokens: 1", 1, 1),
        ("reasoning_tokens: 900", 3, 3),
        ("reasoning_tokens: 900, completion_tokens: 40", 40, 40),
        ("reasoning_tokens: 2", 2, 3),
    ],
)
def test_no_more_is_thought_than_is_said(
    tmp_path: Path, usage: str, reasoned: int, said: int
) -> None:
    scenario = f"usage: {{{usage}}}\nsteps: [think: Hm hm, say: Hi]"
    _, chat = answered(tmp_path, scenario, "/v1/chat/completions", messages=MESSAGES)
    told = chat["usage"]
    thought = told["completion_tokens_details"]["reasoning_tokens"]
    assert (thought, told["completion_tokens"]) == (reasoned, said)


@pytest.mark.parametrize("usage", ["3", "{cached: 3}", "{cached_tokens: -1}", "{cached_tokens: x}"])
def test_wrong_usage_is_refused_with_its_place(usage: str) -> None:
    with pytest.raises(ScenarioError, match="usage"):
        read_scenarios(f"usage: {usage}\nsteps: [say: Hi]", "mine.yaml", "mine")


@pytest.mark.parametrize(
    ("result", "scenario"), [("it rains", "mine"), ("sunny", "built-in"), (None, "built-in")]
)
def test_a_scenario_waits_for_what_a_tool_has_answered(
    tmp_path: Path, result: str | None, scenario: str
) -> None:
    call = {"type": "function", "id": "call_1", "function": {"name": "look", "arguments": "{}"}}
    rounds = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": result},
    ]
    messages = MESSAGES + (rounds if result else [])
    text = "when: {tool_result: /RAIN/i}\nsteps: [say: Wet]"
    assert answered(tmp_path, text, "/v1/chat/completions", messages=messages)[0] == scenario
