"""A mock that speaks like vLLM, over HTTP: what its tools ask besides chat, and what is noted."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat, serving


@pytest.fixture(scope="module")
def vllm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    models = tmp_path_factory.mktemp("models") / "models.txt"
    models.write_text("meta-llama/Llama-3.1-8B\n\nown-model\nown-model\n")
    options = ("--profile", "vllm", "--unknown-parameters", "warn", "--models", str(models))
    with serving(*options) as running:
        yield running


def test_its_tools_find_it_healthy_and_its_model(vllm: Served) -> None:
    for path in ("/health", "/ping", "/healthz"):
        assert httpx2.get(f"{vllm.root}{path}").status_code == 200
    assert set(httpx2.get(f"{vllm.root}/version").json()) == {"version"}
    listed = httpx2.get(f"{vllm.url}/models").json()["data"]
    assert [one["id"] for one in listed] == ["meta-llama/Llama-3.1-8B", "own-model"]
    assert {one["owned_by"] for one in listed} == {"vllm"}
    assert listed[0]["max_model_len"] == 131_072
    one = httpx2.get(f"{vllm.url}/models/meta-llama/Llama-3.1-8B").json()
    assert one == listed[0]


def test_a_model_that_is_not_listed_is_refused_in_its_words(vllm: Served) -> None:
    answer = httpx2.get(f"{vllm.url}/models/gpt-4o")
    assert answer.status_code == 404
    assert answer.json()["error"]["type"] == "NotFoundError"
    assert answer.json()["error"]["code"] == 404


def test_tokens_are_counted_as_the_answers_are(vllm: Served) -> None:
    told = httpx2.post(f"{vllm.root}/tokenize", json={"prompt": "Hello there, world"}).json()
    assert "".join(told["token_strs"]) == "Hello there, world"
    assert told["count"] == len(told["tokens"]) == len(told["token_strs"])
    again = httpx2.post(f"{vllm.root}/tokenize", json={"prompt": " world"}).json()
    assert again["tokens"] == told["tokens"][-1:]
    wrong = httpx2.post(f"{vllm.root}/tokenize", json={})
    assert (wrong.status_code, wrong.json()["error"]["param"]) == (400, "prompt")


def test_what_is_ignored_is_told_and_noted(vllm: Served) -> None:
    body = chat("what is ignored is told", stream=False) | {"top_k": 5, "frobnicate": {"a": 1}}
    answer = vllm.post(body)
    assert answer.status_code == 200
    assert answer.headers["x-mock-ignored"] == "frobnicate"
    entry = vllm.journal("what is ignored is told")[0]
    assert (entry["profile"], entry["ignored"]) == ("vllm", ["frobnicate"])


def test_a_request_chooses_another_server(vllm: Served) -> None:
    refused = vllm.post(chat("x") | {"temperature": "hot"}, **{"x-mock-profile": "openrouter"})
    assert refused.json() == {"error": {"message": refused.json()["error"]["message"], "code": 400}}
    plain = vllm.post(chat("x") | {"temperature": "hot"}, **{"x-mock-profile": "openai"})
    assert plain.json()["error"]["code"] == "invalid_type"


def test_a_name_in_a_header_cannot_break_the_head(vllm: Served) -> None:
    answer = vllm.post(chat("odd names", stream=False) | {"a\r\nx-evil: 1": 1})
    assert answer.status_code == 200
    assert "x-evil" not in answer.headers


def test_names_of_models_may_stand_on_the_command_line(tmp_path: Path) -> None:
    with serving("--models", "a, b", "--strict-models") as running:
        listed = httpx2.get(f"{running.url}/models").json()["data"]
        assert [one["id"] for one in listed] == ["a", "b"]
        assert running.post(chat("x") | {"model": "gpt-4o"}).status_code == 404
        assert running.post(chat("x") | {"model": "b"}).status_code == 200
