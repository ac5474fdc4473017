"""The official Python client on the other endpoints; its exceptions, and the answers' headers."""

import json
import math
from inspect import signature
from typing import Any

import openai
import pytest
from anthropic import Anthropic
from openai import AsyncOpenAI, OpenAI

from mock_openai.endpoints import ENDPOINTS
from tests.integration.mock_openai.conftest import Served
from tests.integration.mock_openai.official import (
    MODEL,
    official,
    said,
)

__all__ = ["official"]


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


@pytest.mark.parametrize("path", sorted(ENDPOINTS))
def test_every_parameter_that_the_client_has_is_known(official: OpenAI, path: str) -> None:
    messages = Anthropic(api_key="any").messages
    create: Any = {
        "/v1/messages": messages.create,
        "/v1/messages/count_tokens": messages.count_tokens,
        "/v1/chat/completions": official.chat.completions.create,
        "/v1/completions": official.completions.create,
        "/v1/embeddings": official.embeddings.create,
        "/v1/moderations": official.moderations.create,
        "/v1/responses": official.responses.create,
    }[path]
    # Anthropic's client puts `output_format` into `output_config`.
    own = {"extra_headers", "extra_query", "extra_body", "timeout", "output_format"}
    assert set(signature(create).parameters) - own <= set(ENDPOINTS[path].request["properties"])
