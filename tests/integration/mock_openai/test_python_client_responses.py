"""The official Python client on `/v1/responses`, streamed and not, reads what was scripted."""

from typing import Any

import openai
import pytest
from openai import OpenAI

from tests.integration.mock_openai.official import (
    MODEL,
    RESPONSE_TOOL,
    GetWeather,
    official,
    said,
)

__all__ = ["official"]


def test_a_response_is_streamed_retrieved_gone_on_from_and_deleted(official: OpenAI) -> None:
    with official.responses.stream(model=MODEL, input=said("First.", "scenario=turns")) as stream:
        events = list(stream)
        final = stream.get_final_response()
    assert final.output_text == "This is my first answer. Ask me again."
    assert official.responses.retrieve(final.id).output_text == final.output_text
    again = list(official.responses.retrieve(final.id, stream=True, starting_after=4))
    assert [event.sequence_number for event in again] == [
        event.sequence_number for event in events[5:]
    ]
    second = official.responses.create(
        model=MODEL, input=said("More.", "scenario=turns"), previous_response_id=final.id
    )
    assert second.output_text == "This is my second answer, to: More."
    assert second.usage is not None
    assert second.usage.input_tokens > 10
    official.responses.delete(final.id)
    with pytest.raises(openai.NotFoundError) as gone:
        official.responses.retrieve(final.id)
    assert gone.value.param == "response_id"
    with pytest.raises(openai.BadRequestError) as refused:
        official.responses.create(model=MODEL, input="More.", previous_response_id=final.id)
    assert (refused.value.param, refused.value.code) == (
        "previous_response_id",
        "previous_response_not_found",
    )


def test_a_response_that_is_not_to_be_stored_is_not(official: OpenAI) -> None:
    made = official.responses.create(model=MODEL, input=said("Forget me."), store=False)
    with pytest.raises(openai.NotFoundError):
        official.responses.retrieve(made.id)


def test_a_response_in_the_background_is_cancelled_with_its_stream(official: OpenAI) -> None:
    slow = "Slowly. [[mock: tokens=500 first=0 gap=50ms]]"
    with official.responses.create(model=MODEL, input=slow, background=True, stream=True) as stream:
        events = iter(stream)
        first = next(events)
        assert first.type == "response.created"
        name = first.response.id
        assert official.responses.retrieve(name).status == "in_progress"
        assert official.responses.cancel(name).status == "cancelled"
        assert official.responses.cancel(name).status == "cancelled"
        rest = [event.type for event in events]
    assert "response.completed" not in rest
    second = official.responses.create(model=MODEL, input=slow + " Again.", background=True)
    with official.responses.retrieve(second.id, stream=True) as followed:
        kinds = (event.type for event in followed)
        assert next(kinds) == "response.created"
        official.responses.cancel(second.id)
        assert "response.completed" not in list(kinds)
    again = [event.type for event in official.responses.retrieve(name, stream=True)]
    assert again[: len(rest) + 1] == ["response.created", *rest]
    assert "response.completed" not in again
    with pytest.raises(openai.BadRequestError):
        official.responses.cancel(official.responses.create(model=MODEL, input=said("Now.")).id)


def test_a_response_in_the_background_is_there_when_its_plan_is_over(official: OpenAI) -> None:
    made = official.responses.create(
        model=MODEL, input="Soon. [[mock: tokens=5 first=1ms gap=1ms]]", background=True
    )
    assert made.status == "queued"
    for _ in range(1_000):
        made = official.responses.retrieve(made.id)
        if made.status == "completed":
            break
    assert made.output_text
    assert made.usage is not None


def test_responses_call_tools_and_hear_what_they_gave(official: OpenAI) -> None:
    messages = said("Oslo?", "scenario=tool-call")
    made = official.responses.create(model=MODEL, input=messages, tools=[RESPONSE_TOOL])
    call = made.output[-1]
    assert call.type == "function_call"
    GetWeather.model_validate_json(call.arguments)
    answer: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "rain"}
    made = official.responses.create(
        model=MODEL,
        input=[answer],
        tools=[RESPONSE_TOOL],
        previous_response_id=made.id,
        extra_headers={"x-mock-scenario": "tool-call"},
    )
    assert made.output_text == "It says: rain"


def test_what_a_response_was_asked_is_listed_and_its_tokens_counted(official: OpenAI) -> None:
    asked: Any = [
        {"role": "user", "content": "What is this? [[mock: scenario=hello speed=1000]]"},
        {"type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "c1", "output": "a cat"},
    ]
    made = official.responses.create(model=MODEL, input=asked)
    items = list(official.responses.input_items.list(made.id, limit=1, order="asc"))
    assert [item.type for item in items] == ["message", "function_call", "function_call_output"]
    newest = official.responses.input_items.list(made.id)
    assert [item.id for item in newest.data] == [item.id for item in reversed(items)]
    counted = official.responses.input_tokens.count(model=MODEL, input=asked)
    assert made.usage is not None
    assert counted.input_tokens == made.usage.input_tokens
    with pytest.raises(openai.NotFoundError):
        official.responses.input_items.list("resp_none")
    with pytest.raises(openai.BadRequestError) as refused:
        official.responses.input_tokens.count(model=MODEL, input=5)  # type: ignore[arg-type]
    assert refused.value.param == "input"


def test_one_of_the_allowed_tools_is_called_where_one_is_required(official: OpenAI) -> None:
    choice: Any = {
        "type": "allowed_tools",
        "mode": "required",
        "tools": [{"type": "function", "name": "get_weather"}],
    }
    other: Any = {**RESPONSE_TOOL, "name": "other"}
    made = official.responses.create(
        model=MODEL,
        input=said("Now.", "first=0"),
        tools=[other, RESPONSE_TOOL],
        tool_choice=choice,
    )
    assert [item.name for item in made.output if item.type == "function_call"] == ["get_weather"]
