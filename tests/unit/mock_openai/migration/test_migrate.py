"""Fixtures of aimock and cassettes of VCR become scenarios that answer as those did."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.cli import app
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError, SetupError
from mock_openai.migration.migrate import Migrated, migrate
from mock_openai.planning.planner import Planner
from mock_openai.recording.redaction import Redaction
from mock_openai.settings import Settings
from tests.unit.mock_openai.bodies import chat

TOOL = {"type": "function", "function": {"name": "search"}}
FIXTURES: list[dict[str, Any]] = [
    {"match": {"userMessage": "again", "sequenceIndex": 1}, "response": {"content": "Second."}},
    {"match": {"userMessage": "again", "sequenceIndex": 0}, "response": {"content": "First."}},
    {"match": {"userMessage": "again"}, "response": {"content": "Later."}},
    {
        "match": {"toolName": "search", "hasToolResult": False, "endpoint": "chat"},
        "response": {
            "reasoning": "Hm.",
            "toolCalls": [{"name": "search", "arguments": '{"q": "{{ gates }}"}'}],
        },
    },
    {"match": {"systemMessage": "cook", "model": "gpt-4*"}, "response": {"content": {"soup": 1}}},
    {"match": {"userMessage": "/usr/"}, "response": {"content": "A folder."}, "latency": 7,
     "chunkSize": 3, "truncateAfterChunks": 2},
    {"match": {"userMessage": "too much"}, "response": {
        "error": {"message": "Slow down.", "type": "rate_limit_error", "code": "rate_limited"},
        "status": 429}},
    {"match": {"toolCallId": "call_1"}, "response": {"content": "Never."}},
    {"match": {"inputText": "a"}, "response": {"embedding": [0.1]}},
    {"match": {"userMessage": "pic"}, "response": {"images": []}},
    {"match": {}, "response": {"content": "Anything else."}},
]  # fmt: skip


@pytest.fixture
def fixtures(tmp_path: Path) -> tuple[list[Migrated], Planner]:
    file = tmp_path / "my fixtures.json"
    file.write_text(json.dumps({"fixtures": FIXTURES}), encoding="utf-8")
    done = [*migrate([file], tmp_path / "out", Redaction())]
    return done, planner_of(tmp_path / "out")


def planner_of(folder: Path) -> Planner:
    return Planner(ScenarioFiles([folder]), Settings(strict=True))


def answer(planner: Planner, body: dict[str, Any]) -> Any:
    endpoint = ENDPOINTS["/v1/chat/completions"]
    plan = planner.plan(endpoint, {}, json.dumps(body).encode()).plan
    content = b"".join(frame.data for frame in plan.frames)
    return content if body.get("stream") else json.loads(content)


def said(planner: Planner, text: str, **more: Any) -> str:
    message: str = answer(planner, chat(text, **more))["choices"][0]["message"]["content"]
    return message


def test_fixtures_answer_what_they_matched(fixtures: tuple[list[Migrated], Planner]) -> None:
    _, planner = fixtures
    assert [said(planner, "again") for _ in range(4)] == ["First.", "Second.", "Later.", "Later."]
    assert said(planner, "Hi") == "Anything else."
    message = answer(planner, chat("Hi", tools=[TOOL]))["choices"][0]["message"]
    [call] = message["tool_calls"]
    assert json.loads(call["function"]["arguments"]) == {"q": "{{ gates }}"}
    assert message["reasoning_content"] == "Hm."
    system = [{"role": "system", "content": "a cook"}, {"role": "user", "content": "Hi"}]
    assert said(planner, "", messages=system, model="gpt-4*") == '{"soup": 1}'
    assert said(planner, "", messages=system, model="gpt-4o") == "Anything else."
    assert answer(planner, chat("too much"))["error"]["code"] == "rate_limited"


def test_pace_chunks_and_cuts_come_along(fixtures: tuple[list[Migrated], Planner]) -> None:
    _, planner = fixtures
    endpoint = ENDPOINTS["/v1/chat/completions"]
    body = json.dumps(chat("ls /usr/", stream=True)).encode()
    plan = planner.plan(endpoint, {}, body).plan
    contents = [frame for frame in plan.frames if frame.kind == "content"]
    assert [frame.due_ns // 1_000_000 for frame in contents] == [200, 207]
    assert plan.chunks[:2] == ("A f", "old")
    assert plan.ending == "eof"


def test_what_a_scenario_can_not_say_is_left_out_with_the_reason(
    fixtures: tuple[list[Migrated], Planner],
) -> None:
    done, _ = fixtures
    assert [one.reason for one in done if one.name is None] == [
        "it matches by toolCallId", "it matches by inputText", "it answers with images"
    ]  # fmt: skip
    assert [one.name for one in done][:2] == ["my-fixtures-01", "my-fixtures-02"]


STREAM = (
    'data: {"choices": [{"index": 0, "delta": {"content": "Hel"}}]}\n\n'
    'data: {"choices": [{"index": 0, "delta": {"content": "lo"}}]}\n\ndata: [DONE]\n\n'
)
WHOLE = json.dumps({"choices": [{"message": {"content": "Hello"}}]})


def interaction(body: dict[str, Any], response: Any, kind: str, **more: Any) -> dict[str, Any]:
    return {
        "request": {
            "method": "POST",
            "uri": "https://api.openai.com/v1/chat/completions",
            "headers": {"Authorization": ["Bearer sk-sesame-opens-1"]},
            "body": json.dumps(body),
            **more,
        },
        "response": {
            "status": {"code": 200, "message": "OK"},
            "headers": {"Content-Type": [kind]},
            "body": {"string": response},
        },
    }


def test_a_cassette_is_played_byte_for_byte_in_its_order(tmp_path: Path) -> None:
    second = WHOLE.replace("Hello", "Again sk-sesame-opens-1")
    interactions = [
        interaction(chat("Hi", stream=True), STREAM, "text/event-stream"),
        interaction(chat("Hi"), WHOLE, "application/json"),
        interaction(chat("Hi"), gzip.compress(second.encode()), "application/json"),
        interaction(chat("Hi"), "{}", "application/json", method="GET"),
        interaction(chat("Hi", bogus=1, messages=[]), "{}", "application/json"),
        {"request": {}},
    ]
    file = tmp_path / "cassette.yaml"
    file.write_text(yaml.safe_dump({"version": 1, "interactions": interactions}), encoding="utf-8")
    done = [*migrate([file], tmp_path / "out", Redaction())]
    assert [one.name is not None for one in done] == [True] * 3 + [False] * 3
    assert "is not played" in done[3].reason
    assert "would refuse" in done[4].reason
    assert "can't be read" in done[5].reason
    planner = planner_of(tmp_path / "out")
    assert answer(planner, chat("Hi", stream=True)) == STREAM.encode()
    assert [said(planner, "Hi") for _ in range(3)] == ["Hello", "Again ***", "Again ***"]
    with pytest.raises(ApiError, match="no scenario fits"):
        said(planner, "Ho")
    for path in (tmp_path / "out").iterdir():
        assert b"sesame" not in path.read_bytes()


def test_the_command_says_how_many_and_what_it_can_not_read(tmp_path: Path) -> None:
    file = tmp_path / "one.json"
    file.write_text('{"fixtures": [{"match": {}, "response": {"content": "Hi"}}, {}]}')
    out = str(tmp_path / "out")
    result = CliRunner().invoke(app, ["migrate", str(file), "--out", out])
    assert result.exit_code == 1
    assert "one-2 is left out: it answers with nothing" in result.stderr
    assert "1 scenarios in" in result.stdout
    file.write_text("[]")
    with pytest.raises(SetupError, match="neither fixtures of aimock"):
        CliRunner().invoke(app, ["migrate", str(file), "--out", out], catch_exceptions=False)
