"""A call of a custom tool is one: its input is a text, and no arguments of a function."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings

FUNCTION = {"name": "look", "parameters": {"type": "object"}}
CHAT: dict[str, Any] = {
    "model": "gpt-5",
    "messages": [{"role": "user", "content": "Run it."}],
    "tools": [
        {"type": "function", "function": FUNCTION},
        {"type": "custom", "custom": {"name": "shell"}},
    ],
}
RESPONSE: dict[str, Any] = {
    "model": "gpt-5",
    "input": "Run it.",
    "tools": [{"type": "function", **FUNCTION}, {"type": "custom", "name": "shell"}],
}
CALL = "steps: [{call_tool: {name: shell, arguments: 'ls -l'}}]"


def answered(folder: Path, path: str, body: dict[str, Any], steps: str = CALL) -> list[Any]:
    (folder / "mine.yaml").write_text(steps)
    settings = Settings(folders=(folder,))
    planner = Planner(ScenarioFiles(settings.folders), settings)
    made = planner.plan(ENDPOINTS[path], {}, json.dumps(body).encode())
    datas = [frame.data.rpartition(b"data: ")[2] for frame in made.plan.frames]
    return [json.loads(data) for data in datas if not data.startswith(b"[DONE]")]


def test_a_chats_call_has_an_input(tmp_path: Path) -> None:
    [answer] = answered(tmp_path, "/v1/chat/completions", CHAT)
    [choice] = answer["choices"]
    [call] = choice["message"]["tool_calls"]
    assert choice["finish_reason"] == "tool_calls"
    assert (call["type"], call["custom"]) == ("custom", {"name": "shell", "input": "ls -l"})
    assert "function" not in call


def test_a_streamed_chats_call_has_the_same(tmp_path: Path) -> None:
    chunks = answered(tmp_path, "/v1/chat/completions", {**CHAT, "stream": True})
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    first, *calls = [call for delta in deltas for call in delta.get("tool_calls", ())]
    assert (first["type"], first["custom"]) == ("custom", {"name": "shell", "input": ""})
    assert "".join(call["custom"]["input"] for call in calls) == "ls -l"


def test_a_responses_call_has_an_input(tmp_path: Path) -> None:
    [answer] = answered(tmp_path, "/v1/responses", RESPONSE)
    [item] = answer["output"]
    assert (item["type"], item["name"], item["input"]) == ("custom_tool_call", "shell", "ls -l")
    events = answered(tmp_path, "/v1/responses", {**RESPONSE, "stream": True})
    deltas = [e["delta"] for e in events if e["type"] == "response.custom_tool_call_input.delta"]
    assert "".join(deltas) == "ls -l"
    [done] = [e for e in events if e["type"] == "response.custom_tool_call_input.done"]
    assert done["input"] == "ls -l"
    assert not any("function_call" in event["type"] for event in events)


@pytest.mark.parametrize(
    ("path", "body", "choice"),
    [
        ("/v1/chat/completions", CHAT, {"type": "custom", "custom": {"name": "shell"}}),
        ("/v1/responses", RESPONSE, {"type": "custom", "name": "shell"}),
    ],
)
def test_a_custom_tool_can_be_forced(
    tmp_path: Path, path: str, body: dict[str, Any], choice: dict[str, Any]
) -> None:
    [answer] = answered(tmp_path, path, {**body, "tool_choice": choice}, "steps: [generate:]")
    text = json.dumps(answer)
    assert '"name": "shell"' in text
    assert '"input": ""' not in text
    unknown = json.loads(json.dumps(choice).replace("shell", "none"))
    with pytest.raises(ApiError, match="'none' not found"):
        answered(tmp_path, path, {**body, "tool_choice": unknown})


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_a_custom_tool_of_those_that_are_allowed_can_be_forced(
    tmp_path: Path, path: str, *, alone: bool
) -> None:
    body = CHAT if path == "/v1/chat/completions" else RESPONSE
    function, custom = body["tools"]
    allowed = {"mode": "required", "tools": [custom, function]}
    choice = {"allowed_tools": allowed} if body is CHAT else allowed
    asked = {**body, "tools": [custom] if alone else [function, custom]}
    asked["tool_choice"] = {"type": "allowed_tools", **choice}
    [answer] = answered(tmp_path, path, asked, "steps: [generate:]")
    text = json.dumps(answer.get("choices") or answer["output"])
    assert '"name": "shell"' in text
    assert '"name": "look"' not in text


def test_a_tool_that_is_forced_is_looked_for_among_those_of_its_kind(tmp_path: Path) -> None:
    for tools, choice in (
        (CHAT["tools"][1:], {"type": "function", "function": {"name": "look"}}),
        (CHAT["tools"][:1], {"type": "custom", "custom": {"name": "look"}}),
    ):
        asked = {**CHAT, "tools": tools, "tool_choice": choice}
        with pytest.raises(ApiError, match="'look' not found"):
            answered(tmp_path, "/v1/chat/completions", asked)


def test_what_a_custom_tool_has_answered_is_heard(tmp_path: Path) -> None:
    call = {"type": "custom_tool_call", "call_id": "call_1", "name": "shell", "input": "ls"}
    output = {"type": "custom_tool_call_output", "call_id": "call_1", "output": "two files"}
    items = [{"role": "user", "content": "Run it."}, call, output]
    steps = "when: {tool: shell, tool_result: two}\nsteps: [say: Two.]"
    [answer] = answered(tmp_path, "/v1/responses", {**RESPONSE, "input": items}, steps)
    assert answer["output"][0]["content"][0]["text"] == "Two."
