"""The official Python client runs every endpoint, streamed and not, and reads what was scripted."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI
from pydantic import BaseModel

from tests.mock_openai.conftest import Served

MODEL = "gpt-4o"


class Friend(BaseModel):
    name: str
    near: bool | None


class Person(BaseModel):
    name: str
    age: int
    friends: list[Friend]


class GetWeather(BaseModel):
    """The weather of a city."""

    city: str


TOOL = openai.pydantic_function_tool(GetWeather, name="get_weather")
RESPONSE_TOOL: Any = {
    "type": "function",
    "name": "get_weather",
    "parameters": TOOL["function"]["parameters"],
    "strict": True,
}


@pytest.fixture(scope="module")
def official(served: Served) -> Iterator[OpenAI]:
    with OpenAI(base_url=served.url, api_key="sk-any", max_retries=0) as client:
        yield client


def said(text: str, directive: str = "scenario=hello") -> Any:
    return [{"role": "user", "content": f"{text} [[mock: {directive} speed=1000]]"}]


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
        choice.message.model_dump(exclude_none=True),
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


@pytest.mark.parametrize(
    "choice", ["required", {"type": "function", "function": {"name": "get_weather"}}]
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
    told = made.choices[0].logprobs
    assert told is not None
    assert told.content is not None
    assert "".join(one.token for one in told.content) == made.choices[0].message.content
    assert made.usage is not None
    assert len(told.content) == made.usage.completion_tokens
    for one in told.content:
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
    assert streamed == told.content


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


def test_completions_go_on_with_a_text(official: OpenAI) -> None:
    prompt = "Once upon [[mock: scenario=hello speed=1000]]"
    asked: Any = {"model": "gpt-3.5-turbo-instruct", "prompt": prompt, "n": 2, "echo": True}
    made = official.completions.create(**asked)
    texts = ["", ""]
    for chunk in official.completions.create(**asked, stream=True):
        for choice in chunk.choices:
            texts[choice.index] += choice.text
    assert texts == [choice.text for choice in made.choices]
    assert texts[0].startswith("Once uponHello!")


def test_embeddings_are_of_unit_length_and_similar_texts_are_near(official: OpenAI) -> None:
    texts = ["How do I stream tokens?", "Streaming tokens, how?", "A recipe for rye bread"]
    for more in ({}, {"dimensions": 64}):
        options: Any = {"model": "text-embedding-3-small", "input": texts, **more}
        made = official.embeddings.create(**options)
        points = [one.embedding for one in made.data]
        plain = official.embeddings.create(**options, encoding_format="float")
        assert [one.embedding for one in plain.data] == points
        assert all(abs(math.fsum(x * x for x in point) - 1) < 1e-6 for point in points)
        near, far = (
            sum(x * y for x, y in zip(points[0], other, strict=True)) for other in points[1:]
        )
        assert near > 0.3 > far
        assert {len(point) for point in points} == {more.get("dimensions", 1536)}


def test_moderations_flag_what_a_test_wants_flagged(official: OpenAI) -> None:
    made = official.moderations.create(input=["I like bread.", "I will kill you."])
    assert [one.flagged for one in made.results] == [False, True]
    assert made.results[1].categories.violence


def test_models_are_listed(official: OpenAI) -> None:
    names = [model.id for model in official.models.list()]
    assert official.models.retrieve(names[0]).id == names[0]
    with pytest.raises(openai.NotFoundError) as unknown:
        official.models.retrieve("gpt-none")
    assert unknown.value.param == "model"
    with pytest.raises(openai.PermissionDeniedError):
        official.models.delete(names[0])


async def test_the_async_client_reads_the_same(served: Served, official: OpenAI) -> None:
    asked: Any = {"model": MODEL, "input": said("Same?", "")}
    async with AsyncOpenAI(base_url=served.url, api_key="sk-any", max_retries=0) as client:
        stream = await client.responses.create(**asked, stream=True)
        events = [event async for event in stream]
    assert events[-1].type == "response.completed"
    assert events[-1].response.output_text == official.responses.create(**asked).output_text


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("chat/completions", {"n": 0}, "n"),
        ("chat/completions", {"tools": [{"type": "function"}]}, "tools[0].function"),
        ("chat/completions", {"tool_choice": "required"}, "tool_choice"),
        ("chat/completions", {"tool_choice": "maybe"}, "tool_choice"),
        ("chat/completions", {"functions": [{"name": "f"}], "function_call": 5}, "function_call"),
        ("chat/completions", {"response_format": {"type": "xml"}}, "response_format.type"),
        (
            "chat/completions",
            {"response_format": {"type": "json_schema", "json_schema": {
                "name": "x", "strict": True, "schema": {"type": "object"}}}},
            "response_format",
        ),
        (
            "chat/completions",
            {"response_format": {"type": "json_schema", "json_schema": {
                "name": "x", "schema": {"$ref": "#/nowhere"}}}},
            "response_format",
        ),
        (
            "chat/completions",
            {"messages": [{"role": "user", "content": "x"},
                          {"role": "tool", "tool_call_id": "c", "content": "x"}]},
            "messages[1].role",
        ),
        (
            "chat/completions",
            {"messages": [{"role": "assistant", "tool_calls": [
                {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}]}]},
            "messages[0].role",
        ),
        ("responses", {"input": None}, "input"),
        ("responses", {"input": [{"type": "wish"}]}, "input[0].type"),
        ("responses", {"max_output_tokens": 3}, "max_output_tokens"),
        ("responses", {"include": ["all"]}, "include[0]"),
        ("responses", {"text": {"format": {"type": "json_schema"}}}, "text.format.name"),
        ("responses", {"previous_response_id": "resp_x"}, "previous_response_id"),
        ("responses", {"background": True, "store": False}, "background"),
        ("completions", {"logprobs": 9}, "logprobs"),
        ("completions", {"prompt": [1, "x"]}, "prompt[1]"),
        ("completions", {"n": 3, "best_of": 2}, "best_of"),
        ("embeddings", {"input": ""}, "input"),
        ("embeddings", {"input": []}, "input"),
        ("embeddings", {"dimensions": 4096}, "dimensions"),
        ("embeddings", {"input": "word " * 9000}, "input"),
        ("moderations", {"input": []}, "input"),
        ("moderations", {"input": [{"type": "sound"}]}, "input[0].type"),
    ],
)  # fmt: skip
def test_every_refusal_is_the_right_exception_and_names_its_parameter(
    official: OpenAI, path: str, body: dict[str, Any], param: str
) -> None:
    least: dict[str, Any] = {"input": "hi"}
    if path == "chat/completions":
        least = {"messages": [{"role": "user", "content": "hi"}]}
    elif path == "completions":
        least = {"prompt": "hi"}
    model = "text-embedding-3-small" if path == "embeddings" else MODEL
    with pytest.raises(openai.BadRequestError) as refused:
        official.post(f"/{path}", body={"model": model, **least, **body}, cast_to=object)
    assert (refused.value.param, refused.value.type) == (param, "invalid_request_error")
    assert refused.value.request_id
    assert json.dumps(refused.value.body)


def test_answers_have_the_headers_that_openai_sends(official: OpenAI) -> None:
    raw = official.embeddings.with_raw_response.create(model="text-embedding-3-small", input="x")
    assert raw.request_id
    for name in ("openai-processing-ms", "openai-organization", "x-ratelimit-remaining-requests"):
        assert raw.headers[name]
