"""`finish_reason: failed`: the provider's own way to say that an answer has failed."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings

SCENARIO = "finish_reason: failed\nsteps: [say: Hello you]"
MESSAGES = [{"role": "user", "content": "Hello?"}]
ERROR = {"code": "server_error", "message": "The model failed to generate a response."}


def planned(folder: Path, path: str, script: str = SCENARIO, **body: Any) -> PlannedAnswer:
    (folder / "mine.yaml").write_text(script)
    settings = Settings(folders=(folder,))
    planner = Planner(ScenarioFiles(settings.folders), settings)
    content = json.dumps({"model": "gpt-4o", **body}).encode()
    return planner.plan(ENDPOINTS[path], {}, content)


def events(made: PlannedAnswer) -> list[Any]:
    datas = [frame.data.rpartition(b"data: ")[2] for frame in made.plan.frames]
    return [json.loads(data) for data in datas if not data.startswith(b"[DONE]")]


def test_a_response_ends_as_failed(tmp_path: Path) -> None:
    found = events(planned(tmp_path, "/v1/responses", input="Hello?", stream=True))
    last = found[-1]
    assert (last["type"], last["response"]["status"]) == ("response.failed", "failed")
    assert (last["response"]["error"], last["response"]["output"]) == (ERROR, [])
    assert last["response"]["usage"] is None
    assert last["sequence_number"] == len(found) - 1
    text = "".join(e["delta"] for e in found if e["type"] == "response.output_text.delta")
    assert text == "Hello you"
    assert "response.output_item.done" not in {event["type"] for event in found}


def test_a_whole_response_has_failed(tmp_path: Path) -> None:
    made = planned(tmp_path, "/v1/responses", input="Hello?")
    [answer] = events(made)
    assert (made.plan.status, answer["status"], answer["error"]) == (200, "failed", ERROR)
    assert answer["incomplete_details"] is None


@pytest.mark.parametrize(
    ("path", "body", "in_stream", "alone"),
    [
        ("/v1/chat/completions", {"messages": MESSAGES}, "server_error", "server_error"),
        ("/v1/completions", {"prompt": "Hello?"}, "server_error", "server_error"),
        ("/v1/messages", {"messages": MESSAGES, "max_tokens": 99}, "overloaded_error", "api_error"),
    ],
)
def test_elsewhere_an_error_stands_for_it(
    tmp_path: Path, path: str, body: dict[str, Any], in_stream: str, alone: str
) -> None:
    last = events(planned(tmp_path, path, **body, stream=True))[-1]
    assert last["error"]["type"] == in_stream
    whole = planned(tmp_path, path, **body)
    assert whole.plan.status == 500
    assert events(whole)[0]["error"]["type"] == alone


CALL = "{call_tool: {name: look, arguments: {at: the wide sea}}}"
SCHEMA = {"type": "object", "properties": {"at": {"type": "string"}}}
IN_CHAT = {
    "messages": MESSAGES,
    "tools": [{"type": "function", "function": {"name": "look", "parameters": SCHEMA}}],
}
ANTHROPIC = {
    "messages": MESSAGES,
    "max_tokens": 99,
    "tools": [{"name": "look", "input_schema": SCHEMA}],
}
SAID = {"content", "reasoning", "refusal", "tool"}


@pytest.mark.parametrize(
    "steps", [CALL, f"{{say: Hi}}, {CALL}", f"{CALL}, {{say: Hi}}", "{think: Well}", "{say: ''}"]
)
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/v1/chat/completions", IN_CHAT),
        ("/v1/chat/completions", {**IN_CHAT, "n": 3}),
        ("/v1/messages", ANTHROPIC),
    ],
)
def test_the_error_is_behind_the_last_chunk_of_whatever_kind(
    tmp_path: Path, path: str, body: dict[str, Any], steps: str
) -> None:
    failed = planned(
        tmp_path, path, f"finish_reason: failed\nsteps: [{steps}]", **body, stream=True
    )
    whole = planned(tmp_path, path, f"steps: [{steps}]", **body, stream=True)
    *before, error = failed.plan.frames
    assert error.kind == "error"
    assert [frame for frame in before if frame.kind in SAID] == [
        frame for frame in whole.plan.frames if frame.kind in SAID
    ]
    assert not {frame.kind for frame in before} & {"finish", "usage", "done"}
    [placed] = failed.plan.faults
    assert (placed.at, placed.placed) == ("before the end", True)


ENDED = [
    ("/v1/chat/completions", {"messages": MESSAGES}, "max_tokens"),
    ("/v1/completions", {"prompt": "Hello?"}, "max_tokens"),
    ("/v1/messages", {"messages": MESSAGES}, "max_tokens"),
    ("/v1/responses", {"input": "Hello?"}, "max_output_tokens"),
]
LONG = "finish_reason: failed\nsteps: [{generate: {tokens: 30}}]"


def fails(made: PlannedAnswer) -> bool:
    """Whether its end is an error."""
    last = events(made)[-1]
    return bool((last.get("response") or last).get("error"))


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(("path", "body", "limit"), ENDED)
def test_an_answer_that_a_limit_has_ended_before_fails_on_no_endpoint(
    tmp_path: Path, path: str, body: dict[str, Any], limit: str, *, stream: bool
) -> None:
    made = planned(tmp_path, path, LONG, **body, **{limit: 16}, stream=stream)
    assert (made.plan.status, made.plan.faults) == (200, ())
    assert fails(made) is False
    assert fails(planned(tmp_path, path, LONG, **body, **{limit: 30}, stream=stream)) is True


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_a_stop_sequence_has_ended_before_does_not_fail(
    tmp_path: Path, *, stream: bool
) -> None:
    body: dict[str, Any] = {"messages": MESSAGES, "stop": ["you"], "stream": stream}
    made = planned(tmp_path, "/v1/chat/completions", **body)
    assert (made.plan.status, made.plan.faults, made.plan.text) == (200, (), "Hello ")


FUNCTIONS = [
    {"type": "function", "name": "look", "parameters": SCHEMA},
    {"type": "custom", "name": "write"},
]
DONE = {"response.output_text.done", "response.content_part.done"}
THOUGHT = {"response.reasoning_text.done", "response.content_part.done"}
SUMMARY = {"response.reasoning_summary_text.done", "response.reasoning_summary_part.done"}
CALLED = {"response.function_call_arguments.done"}
FREELY = {"response.custom_tool_call_input.done"}
REFUSED = {"response.refusal.done", "response.content_part.done"}


@pytest.mark.parametrize(
    ("steps", "reasoning", "last", "before"),
    [
        ("{say: Hi}", None, DONE, set()),
        ("{say: ''}", None, DONE, set()),
        ("{refuse: No}", None, REFUSED, set()),
        ("{think: Well}", None, THOUGHT, set()),
        ("{think: Well}", {"summary": "auto"}, SUMMARY, set()),
        (CALL, None, CALLED, set()),
        ("{call_tool: {name: write}}", None, FREELY, set()),
        ("{say: Hi}, {refuse: No}", None, REFUSED, DONE),
        (f"{{think: Well}}, {CALL}, {{say: Hi}}", None, DONE, THOUGHT | CALLED),
    ],
)
def test_of_a_failed_response_what_was_under_way_is_not_done(
    tmp_path: Path, steps: str, reasoning: Any, last: set[str], before: set[str]
) -> None:
    more: dict[str, Any] = {
        "input": "Hello?", "stream": True, "tools": FUNCTIONS, "reasoning": reasoning
    }  # fmt: skip
    script = f"steps: [{steps}]"
    whole = events(planned(tmp_path, "/v1/responses", script, **more))
    found = events(planned(tmp_path, "/v1/responses", f"finish_reason: failed\n{script}", **more))
    done = [event for event in whole if event["type"].endswith(".done")]
    assert {event["type"] for event in done[-len(last) - 1 : -1]} == last
    assert [bare(event) for event in found if event["type"].endswith(".done")] == [
        bare(event) for event in done[: -len(last) - 1]
    ]
    assert before <= {event["type"] for event in found}
    deltas, expected = ([bare(e) for e in one if "delta" in e] for one in (found, whole))
    assert deltas == expected
    assert [event["sequence_number"] for event in found] == list(range(len(found)))
    assert found[-1]["type"] == "response.failed"


def bare(event: dict[str, Any]) -> dict[str, Any]:
    """What it says, whatever its number is."""
    return {name: value for name, value in event.items() if name != "sequence_number"}
