from typing import Any

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat, raw_answer, serving

SAID = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}


@pytest.mark.parametrize(
    ("change", "param", "code"),
    [
        ({"model": None}, "model", "invalid_type"),
        ({"messages": []}, "messages", "empty_array"),
        ({"messages": "hi"}, "messages", "invalid_type"),
        ({"messages": [1]}, "messages[0]", "invalid_type"),
        ({"messages": [{"content": "x"}]}, "messages[0].role", "missing_required_parameter"),
        ({"messages": [{"role": "bot", "content": "x"}]}, "messages[0].role", "invalid_value"),
        ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter"),
        ({"messages": [{"role": "user", "content": 1}]}, "messages[0].content", "invalid_type"),
        (
            {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
            "messages[0].content[0].text",
            "missing_required_parameter",
        ),
        ({"temperature": 9}, "temperature", "decimal_above_max_value"),
        ({"temperature": "hot"}, "temperature", "invalid_type"),
        ({"top_p": -1}, "top_p", "decimal_below_min_value"),
        ({"n": 0}, "n", "integer_below_min_value"),
        ({"n": 1.5}, "n", "invalid_type"),
        ({"n": True}, "n", "invalid_type"),
        ({"max_tokens": 0}, "max_tokens", "integer_below_min_value"),
        ({"stop": ["a"] * 5}, "stop", "array_above_max_length"),
        ({"stop": [1]}, "stop[0]", "invalid_type"),
        ({"stream": "yes"}, "stream", "invalid_type"),
        ({"stream_options": {"include_usage": True}}, "stream_options", None),
        ({"top_logprobs": 3}, "top_logprobs", None),
        ({"tools": [{"type": "function", "function": {}}]}, "tools[0].function.name",
         "missing_required_parameter"),
        ({"tools": [{"type": "function", "function": {"name": "a b"}}]}, "tools[0].function.name",
         "invalid_value"),
        ({"tools": [], "tool_choice": "required"}, "tool_choice", "invalid_value"),
        ({"logit_bias": {"word": 1}}, "logit_bias", None),
        ({"logit_bias": {"50256": 101}}, "logit_bias.50256", "decimal_above_max_value"),
        ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens",
         "invalid_parameter_combination"),
        ({"temprature": 1}, "temprature", "unknown_parameter"),
    ],
)  # fmt: skip
def test_what_openai_refuses_is_refused_in_its_words(
    served: Served, change: dict[str, Any], param: str, code: str | None
) -> None:
    answer = served.post({**SAID, **change})
    error = answer.json()["error"]
    assert (answer.status_code, error["type"]) == (400, "invalid_request_error")
    assert (error["param"], error["code"]) == (param, code)
    assert error["message"]


@pytest.mark.parametrize("name", ["model", "messages"])
def test_missing_fields_are_named(served: Served, name: str) -> None:
    error = served.post({k: v for k, v in SAID.items() if k != name}).json()["error"]
    assert (error["param"], error["code"]) == (name, "missing_required_parameter")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff\xfe", b'{"a": "\xed\xa0\x80"}', b"[1]", b"1"]
)
def test_bodies_that_are_no_object_are_a_400(served: Served, content: bytes) -> None:
    answer = httpx2.post(f"{served.url}/chat/completions", content=content)
    assert answer.status_code == 400
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_a_body_that_is_too_large_is_refused_before_it_is_read(served: Served) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 40000000\r\n\r\n"
    request = head + b" " * 33_000_000
    try:
        answer = raw_answer(served.address, request, until=b"}}")
    except ConnectionError:  # it closes while we still send: also a refusal
        return
    assert answer.startswith(b"HTTP/1.1 413 ")


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/v1/nothing", 404),
        ("PUT", "/v1/chat/completions", 405),
        ("POST", "/v1/models", 405),
    ],
)
def test_other_routes_answer_in_openais_shape(
    served: Served, method: str, path: str, status: int
) -> None:
    answer = httpx2.request(method, served.root + path)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type", "param", "code"}


def test_strict_models_and_required_keys() -> None:
    with serving("--strict-models", "--require-key") as strict:
        refused = strict.post(chat("hi"))
        assert (refused.status_code, refused.json()["error"]["code"]) == (401, "missing_api_key")
        assert httpx2.get(f"{strict.url}/models").status_code == 401
        key = {"authorization": "Bearer any"}
        unknown = strict.post({**chat("hi"), "model": "gpt-9"}, **key)
        assert unknown.status_code == 404
        assert unknown.json()["error"]["param"] == "model"
        assert strict.post(chat("[[mock: scenario=instant]]"), **key).status_code == 200
        assert httpx2.get(f"{strict.url}/models/gpt-4o", headers=key).json()["id"] == "gpt-4o"


@pytest.mark.parametrize(
    ("path", "hint"),
    [
        ("/chat/completions", "The base URL ends with /v1."),
        ("/v1/chats", "(POST /v1/chats)"),
        ("/openai/deployments/a/chat/completions", "?api-version"),
    ],
)
def test_a_wrong_address_is_told_with_what_it_may_lack(
    served: Served, path: str, hint: str
) -> None:
    answer = httpx2.post(f"{served.root}{path}", json=SAID)
    assert answer.status_code == 404
    assert hint in answer.json()["error"]["message"]


def test_who_looks_in_with_a_browser_sees_what_there_is(served: Served) -> None:
    answer = httpx2.get(served.root)
    assert answer.headers["content-type"].startswith("text/html")
    assert "/v1/chat/completions" in answer.text
