"""What OpenAI takes since the client's version 3.57, and Codex sends, is taken."""

from typing import Any

import pytest

from mock_openai.endpoints import ENDPOINTS
from mock_openai.endpoints.model_list import known_model, model
from mock_openai.errors import ApiError

READ = ENDPOINTS["/v1/responses"].read
BODY: dict[str, Any] = {"model": "gpt-6-astra", "input": "Hello?"}
TOOL = {"type": "function", "name": "look", "parameters": {"type": "object"}}


@pytest.mark.parametrize(
    "more",
    [
        {"prompt_cache_options": {"prewarm": True, "mode": "implicit", "ttl": "30m"}},
        {"background_options": {"completion_window": "soonest", "continuation_id": "any"}},
        {"client_metadata": {"x-codex-installation-id": "any"}},
        {"tools": [{"type": "programmatic_tool_calling"}]},
        {"tool_choice": {"type": "programmatic_tool_calling"}, "tools": [TOOL]},
        {"max_tool_calls": 0},
    ],
)
def test_a_parameter_is_taken_and_changes_no_answer(more: dict[str, Any]) -> None:
    parsed, _ = READ({**BODY, **more}, {})
    assert parsed.body[next(iter(more))] == next(iter(more.values()))
    assert parsed.last_user == "Hello?"


@pytest.mark.parametrize(
    "item",
    [
        {"type": "tool_search_call", "arguments": {"query": "any"}},
        {"type": "tool_search_output", "tools": [TOOL]},
        {"type": "additional_tools", "role": "developer", "tools": [TOOL]},
        {"type": "configuration_update", "reasoning": {"effort": "low"}},
        {"type": "compaction_trigger"},
        {"type": "compaction", "encrypted_content": "any"},
        {"type": "program", "call_id": "call_1", "code": "1", "fingerprint": "any"},
        {"type": "program_output", "call_id": "call_1", "result": "1", "status": "completed"},
    ],
)
def test_an_item_is_taken_and_is_no_message(item: dict[str, Any]) -> None:
    parsed, _ = READ({**BODY, "input": [{"role": "user", "content": "Hello?"}, item]}, {})
    assert (parsed.last_user, parsed.turn) == ("Hello?", 1)


@pytest.mark.parametrize(
    ("item", "param"),
    [
        ({"type": "program"}, "input[0].call_id"),
        ({"type": "additional_tools", "tools": [{"type": "no"}]}, "input[0].tools[0].type"),
        ({"type": "function_call_output", "call_id": 1, "output": ""}, "input[0].call_id"),
        ({"type": "function_call_output", "call_id": "call_1"}, "input[0].output"),
    ],
)
def test_a_wrong_item_is_refused(item: dict[str, Any], param: str) -> None:
    with pytest.raises(ApiError) as caught:
        READ({**BODY, "input": [item]}, {})
    assert caught.value.param == param


def test_the_output_of_a_call_needs_no_id_of_it() -> None:
    items = [{"role": "user", "content": "?"}, {"type": "function_call_output", "output": "rain"}]
    parsed, _ = READ({**BODY, "input": items}, {})
    assert (parsed.has_tool_result, parsed.tool_result) == (True, "rain")


def test_a_prompt_that_openai_keeps_has_its_model_and_its_input() -> None:
    parsed, _ = READ({"prompt": {"id": "pmpt_1", "version": "2"}}, {})
    assert parsed.model == "gpt-4o"
    with pytest.raises(ApiError, match=r"Missing required parameter: 'prompt\.id'"):
        READ({"prompt": {"version": "2"}}, {})
    with pytest.raises(ApiError, match="Missing required parameter: 'model'"):
        READ({"input": "Hello?"}, {})


def test_what_a_client_says_of_itself_changes_nothing() -> None:
    plain, _ = READ(BODY, {})
    codex, _ = READ({**BODY, "client_metadata": {"session": "another each time"}}, {})
    assert codex.canonical == plain.canonical


@pytest.mark.parametrize("name", ["gpt-6-astra", "gpt-6.2-sol", "gpt-audio-mini-2025-12-15"])
def test_current_models_are_known(name: str) -> None:
    assert known_model(name)
    assert model(name)["id"] == name


def test_a_snapshot_was_made_on_the_day_in_its_name() -> None:
    assert model("gpt-audio-mini-2025-12-15")["created"] == 1_765_756_800
