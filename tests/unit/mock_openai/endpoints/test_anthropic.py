"""Anthropic's Messages, as planned: each event in its place and time, and each refusal's words."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS, provider_of
from mock_openai.errors import ApiError
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.recording.recorded_exchange import Recorder
from mock_openai.settings import Settings
from tests.unit.mock_openai.bodies import claude

MESSAGES = ENDPOINTS["/v1/messages"]
COUNT = ENDPOINTS["/v1/messages/count_tokens"]
MS = 1_000_000
TOOL = {"name": "weather", "input_schema": {"type": "object", "properties": {}}}


def planned(
    body: dict[str, Any], steps: str | None = None, folder: Path | None = None, **settings: Any
) -> PlannedAnswer:
    if folder is not None:
        pace = "pace: {first_token_ms: 100, between_tokens_ms: 10, chunk: word}"
        (folder / "one.yaml").write_text(f"{pace}\nsteps: {steps}\n")
        settings["folders"] = (folder,)
    made = Settings(**settings)
    return Planner(ScenarioFiles(made.folders), made).plan(MESSAGES, {}, json.dumps(body).encode())


def events(answer: PlannedAnswer) -> list[tuple[int, dict[str, Any]]]:
    """Each event with its time in ms; its name is that of its type."""
    found: list[tuple[int, dict[str, Any]]] = []
    for frame in answer.plan.frames:
        name, data = frame.data.decode().removesuffix("\n\n").split("\ndata: ")
        event = json.loads(data)
        assert name == f"event: {event['type']}"
        found.append((frame.due_ns // MS, event))
    return found


def start(index: int, **block: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def delta(index: int, kind: str, **more: str) -> dict[str, Any]:
    delta = {"type": f"{kind}_delta", **more}
    return {"type": "content_block_delta", "index": index, "delta": delta}


def stop(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def test_each_part_of_an_answer_is_a_block_and_its_events_come_in_their_time(
    tmp_path: Path,
) -> None:
    steps = (
        '[{think: "A b"}, {say: "Yes. "}, {say: Now.}, {call_tool: {name: weather, arguments: {}}}]'
    )
    made = planned(claude("hi", stream=True, tools=[TOOL]), steps, tmp_path)
    (begin_ms, begin), *middle, (_, ending), (end_ms, end) = events(made)
    signature = middle[4][1]["delta"]["signature"]
    call = middle[10][1]["content_block"]["id"]
    assert (begin_ms, begin["type"], begin["message"]["content"]) == (0, "message_start", [])
    assert begin["message"]["stop_reason"] is None
    assert middle == [
        (100, start(0, type="thinking", thinking="", signature="")),
        (100, {"type": "ping"}),
        (100, delta(0, "thinking", thinking="A ")),
        (110, delta(0, "thinking", thinking="b")),
        (110, delta(0, "signature", signature=signature)),
        (110, stop(0)),
        (120, start(1, type="text", text="")),
        (120, delta(1, "text", text="Yes. ")),
        (130, delta(1, "text", text="Now.")),
        (130, stop(1)),
        (140, start(2, type="tool_use", id=call, name="weather", input={})),
        (140, delta(2, "input_json", partial_json="")),
        (140, delta(2, "input_json", partial_json="{}")),
        (140, stop(2)),
    ]
    assert len(signature) == 64
    assert call.startswith("toolu_")
    reason = {"stop_reason": "tool_use", "stop_sequence": None, "stop_details": None}
    assert (ending["type"], ending["delta"]) == ("message_delta", reason)
    assert (end_ms, end) == (140, {"type": "message_stop"})
    assert made.plan.chunks == ("Yes. ", "Now.")


def test_the_usual_answer_is_one_block_of_text_in_the_same_events(tmp_path: Path) -> None:
    made = planned(claude("hi", stream=True), '[{say: "He said \\"o\\" to ä."}]', tmp_path)
    said = events(made)[1:-2]
    assert said == [
        (100, start(0, type="text", text="")),
        (100, {"type": "ping"}),
        *(
            (100 + 10 * number, delta(0, "text", text=text))
            for number, text in enumerate(["He ", "said ", '"o" ', "to ", "ä."])
        ),
        (140, stop(0)),
    ]


def test_a_whole_message_says_what_its_stream_says() -> None:
    ask = claude("hi", tools=[TOOL], system="Be short.")
    streamed = events(planned({**ask, "stream": True}))
    whole = json.loads(planned(ask).plan.frames[0].data)
    begun, ending = streamed[0][1]["message"], streamed[-2][1]
    said = "".join(
        event["delta"]["text"] for _, event in streamed if "index" in event and "delta" in event
    )
    assert whole["content"] == [{"type": "text", "text": said}]
    assert {**begun, "content": whole["content"], **ending["delta"], "usage": None} == {
        **whole, "usage": None,
    }  # fmt: skip
    assert ending["usage"]["output_tokens"] == whole["usage"]["output_tokens"]
    assert begun["usage"]["input_tokens"] == whole["usage"]["input_tokens"]


def test_thoughts_that_are_omitted_are_signed_alone(tmp_path: Path) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1_024, "display": "omitted"}
    ask = claude("hi", thinking=thinking, stream=True)
    said = events(planned(ask, "[{think: A b}, {say: Yes.}]", tmp_path))
    kinds = [event["delta"]["type"] for _, event in said if "index" in event and "delta" in event]
    assert kinds == ["signature_delta", "text_delta"]
    whole = json.loads(
        planned({**ask, "stream": False}, "[{think: A b}]", tmp_path).plan.frames[0].data
    )
    assert whole["content"][0]["thinking"] == ""


@pytest.mark.parametrize(
    ("more", "steps", "reason", "sequence", "text"),
    [
        ({}, "[{say: One two three.}]", "end_turn", None, "One two three."),
        ({"max_tokens": 1}, "[{say: One two three.}]", "max_tokens", None, "One"),
        ({"stop_sequences": ["e.", " t"]}, "[{say: One two three.}]", "stop_sequence", " t", "One"),
        ({}, "[{refuse: I will not.}]", "refusal", None, "I will not."),
    ],
)  # fmt: skip
def test_why_it_stops(
    tmp_path: Path, more: Any, steps: str, reason: str, sequence: str | None, text: str
) -> None:
    whole = json.loads(planned(claude("hi", **more), steps, tmp_path).plan.frames[0].data)
    assert (whole["stop_reason"], whole["stop_sequence"]) == (reason, sequence)
    assert whole["content"] == [{"type": "text", "text": text}]


def test_an_answer_without_a_word_has_no_block(tmp_path: Path) -> None:
    said = [
        event["type"] for _, event in events(planned(claude("hi", stream=True), "[]", tmp_path))
    ]
    assert said == ["message_start", "ping", "message_delta", "message_stop"]


def test_what_a_scenario_matches_is_read_from_blocks(tmp_path: Path) -> None:
    call = {"type": "tool_use", "id": "toolu_1", "name": "weather", "input": {}}
    result = {
        "type": "tool_result",
        "tool_use_id": "toolu_1",
        "content": [{"type": "text", "text": "12 °C"}],
    }
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "Oslo? [[mock: seed=3]]"}]},
        {"role": "assistant", "content": [call]},
        {"role": "user", "content": [result, {"type": "text", "text": "A reminder."}]},
    ]
    body = claude(
        "", messages=messages, tools=[TOOL], system=[{"type": "text", "text": "Be short."}]
    )
    made = planned({**body, "metadata": {"user_id": "u1"}})
    request = made.request
    assert (request.last_user, request.system, request.turn) == ("Oslo?", "Be short.", 1)
    assert (request.tool_result, request.tool_rounds) == ("12 °CA reminder.", 1)
    assert (request.tools, request.user, made.seed) == (("weather",), "u1", 3)


def test_tokens_are_counted_as_the_usage_of_an_answer_has_them() -> None:
    ask = claude("How many tokens are these?", system="Be short.")
    usage = json.loads(planned(ask).plan.frames[0].data)["usage"]
    del ask["max_tokens"]
    counted = Planner(ScenarioFiles(()), Settings()).plan(COUNT, {}, json.dumps(ask).encode())
    assert json.loads(counted.plan.frames[0].data) == {"input_tokens": usage["input_tokens"]}


CALL = [
    {"role": "user", "content": "hi"},
    {"role": "assistant", "content": [{"type": "tool_use", "id": "t1", "name": "f", "input": {}}]},
]
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"max_tokens": None}, "max_tokens: Input should be a valid integer"),
    ({"max_tokens": 0}, "max_tokens: Input should be greater than or equal to 1"),
    ({"max_tokens": True}, "max_tokens: Input should be a valid integer"),
    ({"model": 5}, "model: Input should be a valid string"),
    ({"model": ""}, "model: String should have at least 1 character"),
    ({"messages": "hi"}, "messages: Input should be a valid list"),
    ({"messages": []}, "messages: at least one message is required"),
    ({"messages": [{"role": "user"}]}, "messages.0.content: Field required"),
    (
        {"messages": [{"role": "tool", "content": "a"}]},
        "messages.0.role: Input should be 'user' or 'assistant'",
    ),
    (
        {"messages": [{"role": "user", "content": ""}]},
        "messages.0: all messages must have non-empty content except for the optional final "
        "assistant message",
    ),
    (
        {"messages": [{"role": "user", "content": [{"type": "text"}]}]},
        "messages.0.content.0.text: Field required",
    ),
    (
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "x": 1}]}]},
        "messages.0.content.0.x: Extra inputs are not permitted",
    ),
    (
        {"messages": CALL},
        "messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: t1. "
        "Each `tool_use` block must have a corresponding `tool_result` block in the next message.",
    ),
    ({"temperature": 1.5}, "temperature: Input should be less than or equal to 1"),
    ({"tool_choice": {"type": "some"}}, "tool_choice: Input tag 'some' found using 'type' does not "
     "match any of the expected tags: 'auto', 'any', 'tool', 'none'"),
    (
        {"tools": [TOOL], "tool_choice": {"type": "tool", "name": "f"}},
        "tool_choice: Tool 'f' not found in provided tools",
    ),
    ({"tools": [{"name": "f"}]}, "tools.0.input_schema: Field required"),
    ({"tools": [TOOL, TOOL]}, "tools: Tool names must be unique."),
    (
        {"thinking": {"type": "enabled", "budget_tokens": 5}},
        "thinking.budget_tokens: Input should be greater than or equal to 1024",
    ),
    (
        {"thinking": {"type": "enabled", "budget_tokens": 4_096}},
        "max_tokens: must be greater than `thinking.budget_tokens`",
    ),
    ({"stop_sequences": [" "]}, r"stop_sequences.0: String should match pattern '^.*\S.*$'"),
    ({"n": 2}, "n: Extra inputs are not permitted"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "message"), REFUSED)
def test_a_wrong_request_is_refused_in_anthropics_words(more: dict[str, Any], message: str) -> None:
    with pytest.raises(ApiError) as refused:
        planned(claude("hi", **more))
    assert (refused.value.status, refused.value.message) == (400, message)


@pytest.mark.parametrize(
    "more",
    [
        {"n": 2},
        {"messages": [{"role": "user", "content": [{"type": "text", "text": "a", "x": 1}]}]},
    ],
)
def test_unknown_parameters_are_taken_where_the_mock_takes_them(more: dict[str, Any]) -> None:
    assert len(planned(claude("hi", **more), unknown_parameters="accept").ignored) == 1


def test_a_strict_mock_knows_anthropics_models() -> None:
    assert planned(claude("hi"), strict_models=True).request.model == "claude-opus-5"
    with pytest.raises(ApiError) as refused:
        planned(claude("hi", model="gpt-4o"), strict_models=True)
    assert (refused.value.status, refused.value.message) == (404, "model: gpt-4o")


@pytest.mark.parametrize(
    ("headers", "status", "kind", "message"),
    [
        ({"x-api-key": "k"}, 400, "invalid_request_error", "anthropic-version: header is required"),
        (
            {"x-api-key": "k", "anthropic-version": "1"},
            400,
            "invalid_request_error",
            'anthropic-version: "1" is not a valid version',
        ),
        (
            {"anthropic-version": "2023-06-01"},
            401,
            "authentication_error",
            "x-api-key header is required",
        ),
    ],
)
def test_headers_are_checked(headers: dict[str, str], status: int, kind: str, message: str) -> None:
    provider = provider_of("/v1/messages/batches")
    with pytest.raises(ApiError) as refused:
        provider.check(headers, True)
    assert refused.value.status == status
    error = {"type": kind, "message": message}
    assert provider.error(refused.value, "5") == {
        "type": "error",
        "error": error,
        "request_id": "req_5",
    }
    provider.check({**headers, "x-api-key": "k", "anthropic-version": "2023-06-01"}, True)


@pytest.mark.parametrize("path", ["/v1/messagesx", "/v1/chat/completions", "/v1/nothing", "/"])
def test_addresses_of_others_are_openais(path: str) -> None:
    assert provider_of(path).name == "openai"


def test_a_recorded_message_is_replayed_as_it_was(tmp_path: Path) -> None:
    body = claude("hi", stream=True)
    made = planned(body)
    recorder = Recorder("/v1/messages", json.dumps(body).encode(), {}, 0, status=200)
    recorder.answer_headers = dict(made.plan.headers)
    for frame in made.plan.frames:
        recorder.note(frame.data, frame.due_ns)
    recorded = recorder.scenario()
    assert recorded is not None
    (tmp_path / "recorded.yaml").write_text(recorded[1])
    again = planned(body, folders=(tmp_path,))
    assert again.scenario == recorded[0]
    assert [frame.data for frame in again.plan.frames] == [f.data for f in made.plan.frames]
    assert again.plan.chunks == made.plan.chunks
    limit = "anthropic-ratelimit-requests-limit"
    assert dict(again.plan.headers)[limit] == dict(made.plan.headers)[limit]
