"""`echo` with `logprobs`: the tokens of the prompt are told too, and alone with `max_tokens: 0`."""

import json
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings

PROMPT = "Once upon a time"
TOKENS = ["Once", " upon", " a", " time"]


def asked(**more: Any) -> list[dict[str, Any]]:
    """The objects of the answer: one, or those of the stream."""
    settings = Settings()
    body = {"model": "gpt-3.5-turbo-instruct", "prompt": PROMPT, "echo": True, "logprobs": 2}
    planner = Planner(ScenarioFiles(settings.folders), settings)
    made = planner.plan(ENDPOINTS["/v1/completions"], {}, json.dumps({**body, **more}).encode())
    datas = [frame.data.removeprefix(b"data: ") for frame in made.plan.frames]
    return [json.loads(data) for data in datas if not data.startswith(b"[DONE]")]


def test_the_prompts_tokens_come_before_those_of_the_answer() -> None:
    [choice] = asked()[0]["choices"]
    told = choice["logprobs"]
    assert "".join(told["tokens"]) == choice["text"]
    assert told["tokens"][:4] == TOKENS
    assert told["text_offset"][:5] == [0, 4, 9, 11, 16]
    assert told["token_logprobs"][0] is None
    assert told["top_logprobs"][0] is None
    assert all(-1 < one < 0 for one in told["token_logprobs"][1:])
    assert [len(one) for one in told["top_logprobs"][1:4]] == [2, 2, 2]


def test_without_an_answer_the_prompts_tokens_are_told_alone() -> None:
    [choice] = asked(max_tokens=0)[0]["choices"]
    assert choice["text"] == PROMPT
    assert choice["logprobs"]["tokens"] == TOKENS
    assert len(choice["logprobs"]["token_logprobs"]) == 4


def test_each_prompt_has_its_own() -> None:
    choices = asked(prompt=["One two", "Three"], n=2, max_tokens=0)[0]["choices"]
    tokens = [choice["logprobs"]["tokens"] for choice in choices]
    assert tokens == [["One", " two"], ["One", " two"], ["Three"], ["Three"]]


def test_a_stream_tells_the_same() -> None:
    [whole] = asked()[0]["choices"]
    choices = [one["choices"][0] for one in asked(stream=True)]
    for name in ("tokens", "token_logprobs", "top_logprobs", "text_offset"):
        told = [value for one in choices if one["logprobs"] for value in one["logprobs"][name]]
        assert told == whole["logprobs"][name]


@pytest.mark.parametrize("stream", [False, True])
def test_what_all_choices_tell_of_their_prompts_is_bounded_together(*, stream: bool) -> None:
    more = {"prompt": " a" * 6_000, "logprobs": 5, "max_tokens": 0, "stream": stream}
    [choice] = asked(**more, n=1)[0]["choices"]
    assert len(choice["logprobs"]["tokens"]) == 6_000
    with pytest.raises(ApiError, match="So long a prompt has more than 50,000 log prob") as caught:
        asked(**more, n=2)
    assert (caught.value.status, caught.value.code) == (400, "mock_too_long")


def test_what_all_choices_say_again_is_bounded_together() -> None:
    more = {"prompt": "a" * 50_000, "logprobs": None, "max_tokens": 0}
    assert len(asked(**more, n=80)[0]["choices"]) == 80
    with pytest.raises(ApiError, match="more than 4,000,000 characters of prompts again") as caught:
        asked(**more, n=81)
    assert (caught.value.status, caught.value.param) == (400, "n")
