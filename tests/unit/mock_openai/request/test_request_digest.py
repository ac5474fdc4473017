"""What makes two requests the same to a model, and what does not."""

from typing import Any

import orjson
import pytest

from mock_openai.endpoints import ENDPOINTS
from mock_openai.request.request_digest import request_digest
from tests.unit.mock_openai.bodies import chat

CHAT, RESPONSES = "/v1/chat/completions", "/v1/responses"


def digest(body: dict[str, Any], path: str = CHAT, redacted: tuple[str, ...] = ()) -> str:
    request, _ = ENDPOINTS[path].read(orjson.loads(orjson.dumps(body)), {})
    return request_digest(request, redacted)


def tool(name: str, **more: Any) -> dict[str, Any]:
    return {"type": "function", "function": {"name": name, **more}}


def rounds(call_id: str, arguments: str, result: Any, **more: Any) -> dict[str, Any]:
    function = {"name": "read", "arguments": arguments}
    calls = [{"id": call_id, "type": "function", "function": function}]
    messages = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "tool_calls": calls, **more},
        {"role": "tool", "tool_call_id": call_id, "content": result},
    ]
    return {"model": "gpt-4o", "messages": messages}


SAME = {
    "directive": (chat("Hi"), chat("Hi [[mock: seed=3]]")),
    "suffix": (chat("Hi"), chat("Hi", model="gpt-4o@slow-start")),
    "parts": (chat("Hi"), chat("", messages=[
        {"role": "user", "content": [{"type": "text", "text": "Hi"}]}])),
    "dice": (chat("Hi"), chat("Hi", temperature=0.3, seed=4, user="me", metadata={"a": "b"})),
    "defaults": (chat("Hi"), chat("Hi", stream=False, n=1, tool_choice="auto", tools=[],
                                  response_format={"type": "text"})),
    "descriptions": (chat("Hi", tools=[tool("a"), tool("b")]),
                     chat("Hi", tools=[tool("b", description="B"), tool("a")])),
    "nulls": (rounds("call_1", "{}", "x"), rounds("call_1", "{}", "x", content=None, refusal=None)),
    "ids": (rounds("call_1", "{}", "x"), rounds("call_other", "{}", "x")),
    "spaces": (rounds("c", '{"a":1,"b":[2]}', "x"), rounds("c", '{ "b": [2], "a": 1 }', "x")),
    "keys": (chat("use sk-abcdef123456 now"), chat("use sk-ghijkl123456 now")),
    "passwords": (rounds("c", '{"password": "a"}', "x"), rounds("c", '{"password": "b"}', "x")),
}  # fmt: skip
OTHER = {
    "text": (chat("Hi"), chat("Hi!")),
    "model": (chat("Hi"), chat("Hi", model="gpt-4o-mini")),
    "stream": (chat("Hi"), chat("Hi", stream=True)),
    "usage": (chat("Hi", stream=True), chat("Hi", stream=True,
                                            stream_options={"include_usage": True})),
    "tool": (chat("Hi", tools=[tool("a")]), chat("Hi", tools=[tool("b")])),
    "choice": (chat("Hi", tools=[tool("a")]), chat("Hi", tools=[tool("a")],
                                                   tool_choice="required")),
    "format": (chat("Hi"), chat("Hi", response_format={"type": "json_object"})),
    "limit": (chat("Hi"), chat("Hi", max_tokens=5)),
    "choices": (chat("Hi"), chat("Hi", n=2)),
    "arguments": (rounds("c", '{"id": "1"}', "x"), rounds("c", '{"id": "2"}', "x")),
    "result": (rounds("c", "{}", "x"), rounds("c", "{}", "y")),
    "no result": (rounds("c", "{}", "x"), rounds("c", "{}", "")),
    "role": (chat("Hi"), chat("", messages=[{"role": "system", "content": "Hi"}])),
}  # fmt: skip


@pytest.mark.parametrize("name", SAME)
def test_what_the_model_is_not_told_does_not_count(name: str) -> None:
    one, other = SAME[name]
    assert digest(one) == digest(other)


@pytest.mark.parametrize("name", OTHER)
def test_what_the_model_is_told_counts(name: str) -> None:
    one, other = OTHER[name]
    assert digest(one) != digest(other)


def test_an_input_is_the_same_as_text_and_as_items_and_not_as_a_chat() -> None:
    text = {"model": "gpt-4o", "input": "Hi"}
    message = {"type": "message", "role": "user", "status": "completed", "id": "msg_1"}
    parts = [{"type": "input_text", "text": "Hi"}]
    items = [{"role": "user", "content": parts}]
    assert digest(text, RESPONSES) == digest({**text, "input": items}, RESPONSES)
    numbered = {**text, "input": [{**message, "content": parts}]}
    renamed = {**text, "input": [{**message, "id": "msg_2", "content": parts}]}
    assert digest(numbered, RESPONSES) == digest(renamed, RESPONSES)
    assert digest(text, RESPONSES) != digest(chat("Hi"))
    for more in ({"instructions": "Be brief."}, {"previous_response_id": "resp_1"}):
        assert digest(text, RESPONSES) != digest({**text, **more}, RESPONSES)


def test_a_redacted_field_counts_with_whatever_value() -> None:
    bodies = [rounds("c", orjson.dumps({"session_pin": n}).decode(), "x") for n in (1, 2)]
    assert len({digest(body) for body in bodies}) == 2
    assert len({digest(body, redacted=("*_pin",)) for body in bodies}) == 1


def test_what_is_nested_to_the_limit_has_a_digest() -> None:
    deep: Any = "x"
    for _ in range(150):
        deep = {"a": [deep]} if isinstance(deep, list) else [deep]
    arguments = "[" * 240 + "]" * 240
    assert digest(rounds("c", arguments, "x")) != digest(rounds("c", f"[{arguments}]", "x"))
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"default": deep}}}
    assert len(digest(chat("Hi", response_format=schema))) == 32
