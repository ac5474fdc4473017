"""The official Python client on chat completions, streamed and not, reads what was scripted."""

import math
from itertools import pairwise
from typing import Any

import pytest
from openai import OpenAI

from tests.integration.mock_openai.official import (
    MODEL,
    TOOL,
    GetWeather,
    Person,
    official,
    said,
)

__all__ = ["official"]


def test_tools_are_called_and_answered(official: OpenAI) -> None:
    messages = said("Oslo?", "scenario=tool-call")
    made = official.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
    [choice] = made.choices
    assert choice.finish_reason == "tool_calls"
    assert choice.message.tool_calls is not None
    [call] = choice.message.tool_calls
    assert call.type == "function"
    GetWeather.model_validate_json(call.function.arguments)
    messages += [
        # As LiteLLM hands back what it was given.
        {**choice.message.model_dump(exclude_none=True), "provider_specific_fields": {"a": 1}},
        {"role": "tool", "tool_call_id": call.id, "content": "rain"},
    ]
    made = official.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
    assert made.choices[0].message.content == "It says: rain"
    assert made.choices[0].finish_reason == "stop"


def test_parallel_calls_are_streamed_with_index_id_and_fragments(official: OpenAI) -> None:
    messages = said("Both?", "scenario=parallel-tools")
    with official.chat.completions.stream(model=MODEL, messages=messages, tools=[TOOL]) as stream:
        fragments = [
            (event.index, event.arguments_delta)
            for event in stream
            if event.type == "tool_calls.function.arguments.delta"
        ]
        [choice] = stream.get_final_completion().choices
    calls = choice.message.tool_calls
    assert calls is not None
    assert [(call.function.name, call.function.arguments) for call in calls] == [
        ("get_weather", '{"city":"Oslo"}'),
        ("get_weather", '{"city":"Bergen"}'),
    ]
    assert [call.function.parsed_arguments for call in calls] == [
        GetWeather(city="Oslo"),
        GetWeather(city="Bergen"),
    ]
    assert len({call.id for call in calls}) == 2
    for index, call in enumerate(calls):
        assert "".join(text for i, text in fragments if i == index) == call.function.arguments


def test_one_call_where_calls_may_not_be_parallel(official: OpenAI) -> None:
    made = official.chat.completions.create(
        model=MODEL,
        messages=said("Both?", "scenario=parallel-tools"),
        tools=[TOOL],
        parallel_tool_calls=False,
    )
    assert len(made.choices[0].message.tool_calls or []) == 1


NAMED: Any = {"type": "function", "function": {"name": "get_weather"}}


@pytest.mark.parametrize(
    "choice",
    [
        "required",
        NAMED,
        {"type": "allowed_tools", "allowed_tools": {"mode": "required", "tools": [NAMED]}},
    ],
)
def test_a_tool_that_must_be_called_is_called_without_any_scenario(
    official: OpenAI, choice: Any
) -> None:
    made = official.chat.completions.create(
        model=MODEL, messages=said("Oslo?", ""), tools=[TOOL], tool_choice=choice
    )
    [call] = made.choices[0].message.tool_calls or []
    assert call.type == "function"
    GetWeather.model_validate_json(call.function.arguments)


@pytest.mark.parametrize("stream", [True, False])
def test_the_older_functions_are_called_too(official: OpenAI, stream: bool) -> None:
    asked: Any = {
        "model": MODEL,
        "messages": said("Oslo?", ""),
        "functions": [TOOL["function"]],
        "function_call": {"name": "get_weather"},
    }
    if stream:
        chunks = list(official.chat.completions.create(**asked, stream=True))
        deltas = [one.choices[0].delta.function_call for one in chunks]
        names = [delta.name for delta in deltas if delta and delta.name]
        arguments = "".join(delta.arguments or "" for delta in deltas if delta)
        finish: str | None = chunks[-1].choices[0].finish_reason
    else:
        [choice] = official.chat.completions.create(**asked).choices
        assert choice.message.function_call is not None
        names, arguments = (
            [choice.message.function_call.name],
            choice.message.function_call.arguments,
        )
        finish = choice.finish_reason
    assert (names, finish) == (["get_weather"], "function_call")
    GetWeather.model_validate_json(arguments)


def test_structured_output_is_parsed(official: OpenAI) -> None:
    made = official.chat.completions.parse(
        model=MODEL, messages=said("A person?", ""), response_format=Person
    )
    assert isinstance(made.choices[0].message.parsed, Person)
    with official.chat.completions.stream(
        model=MODEL, messages=said("A person?", ""), response_format=Person
    ) as stream:
        streamed = stream.until_done().get_final_completion()
    assert streamed.choices[0].message.parsed == made.choices[0].message.parsed
    response = official.responses.parse(
        model=MODEL, input="A person? [[mock: speed=1000]]", text_format=Person
    )
    assert isinstance(response.output_parsed, Person)


def test_a_refusal_is_neither_content_nor_error(official: OpenAI) -> None:
    messages = said("No?", "scenario=refusal")
    made = official.chat.completions.parse(model=MODEL, messages=messages, response_format=Person)
    message = made.choices[0].message
    assert message.refusal == "I'm sorry, but I can't help with that."
    assert (message.content, message.parsed) == (None, None)
    with official.chat.completions.stream(model=MODEL, messages=messages) as stream:
        events = [event.type for event in stream]
    assert "refusal.delta" in events
    assert events.count("refusal.done") == 1
    response = official.responses.create(model=MODEL, input=messages)
    assert response.output[0].to_dict()["content"] == [
        {"type": "refusal", "refusal": "I'm sorry, but I can't help with that."}
    ]


def test_reasoning_comes_before_the_answer_and_is_counted(official: OpenAI) -> None:
    made = official.chat.completions.create(
        model=MODEL, messages=said("Why?", "scenario=reasoning")
    )
    assert getattr(made.choices[0].message, "reasoning_content", "")
    assert made.usage is not None
    assert made.usage.completion_tokens == 100
    assert made.usage.completion_tokens_details is not None
    assert made.usage.completion_tokens_details.reasoning_tokens == 60
    stream = official.responses.create(
        model=MODEL,
        input=said("Why?", "scenario=reasoning"),
        reasoning={"summary": "auto"},
        stream=True,
    )
    kinds = [event.type for event in stream]
    last_summary = len(kinds) - kinds[::-1].index("response.reasoning_summary_text.delta")
    assert last_summary < kinds.index("response.output_text.delta")


def test_several_choices_are_interleaved_and_differ(official: OpenAI) -> None:
    asked: Any = {"model": MODEL, "messages": said("Two?", "first=0 gap=0"), "n": 2}
    whole = official.chat.completions.create(**asked)
    chunks = list(official.chat.completions.create(**asked, stream=True))
    texts = ["", ""]
    order = []
    for chunk in chunks:
        for choice in chunk.choices:
            texts[choice.index] += choice.delta.content or ""
            order.append(choice.index)
    assert texts == [choice.message.content for choice in whole.choices]
    assert texts[0] != texts[1]
    assert sum(a != b for a, b in pairwise(order)) > 20


def test_logprobs_are_of_the_said_tokens(official: OpenAI) -> None:
    asked: Any = {"model": MODEL, "messages": said("Hi.", ""), "logprobs": True, "top_logprobs": 3}
    made = official.chat.completions.create(**asked)
    content = made.choices[0].logprobs
    assert content is not None
    assert content.content is not None
    assert "".join(one.token for one in content.content) == made.choices[0].message.content
    assert made.usage is not None
    assert len(content.content) == made.usage.completion_tokens
    for one in content.content:
        assert one.top_logprobs[0].token == one.token
        assert len(one.top_logprobs) == 3
        assert sum(math.exp(top.logprob) for top in one.top_logprobs) <= 1
        assert bytes(one.bytes or []).decode() == one.token
    streamed = [
        one
        for chunk in official.chat.completions.create(**asked, stream=True)
        for choice in chunk.choices
        if choice.logprobs
        for one in choice.logprobs.content or []
    ]
    assert streamed == content.content


def test_images_are_counted_and_not_read(official: OpenAI) -> None:
    def tokens(*details: str) -> int:
        parts: list[Any] = [{"type": "text", "text": "What? [[mock: scenario=instant]]"}]
        parts += [
            {"type": "image_url", "image_url": {"url": "https://example.com/x", "detail": detail}}
            for detail in details
        ]
        made = official.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": parts}]
        )
        assert made.usage is not None
        return made.usage.prompt_tokens

    assert tokens("low", "low") - tokens() == 170
    assert tokens("high") - tokens() == 765


def test_an_empty_list_of_tools_is_none(official: OpenAI) -> None:
    """Some clients, as Strands, always send it."""
    made = official.chat.completions.create(model=MODEL, messages=said("Hi"), tools=[])
    assert made.choices[0].message.content
