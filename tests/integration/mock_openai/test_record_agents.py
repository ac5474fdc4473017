"""Agents and conversations are recorded from one mock and replayed by another, byte for byte."""

import asyncio
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
import yaml
from openai import OpenAI

from mock_openai.child_process import mock_process
from mock_openai.recording.redaction import Redaction
from mock_openai.recording.upstream import Upstream
from mock_openai.scenarios.loader import read_scenarios
from tests.integration.mock_openai.conftest import Served, chat, serving

SESSION = {"x-mock-session": "tests/agents.py"}
TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": {"type": "object"}}}
    for name in ("search", "read")
]
UPSTREAM = {
    "agent-searches": """
when: {tool: search, tool_rounds: 0}
steps: [{call_tool: {name: search, arguments: {text: "{{ last_user }}"}}}]""",
    "agent-reads": """
when: {tool: search, tool_rounds: 1}
steps: [{call_tool: {name: read, arguments: {page: "{{ tool_result }}"}}}]""",
    "agent-answers": """
when: {tool: search, tool_rounds: 2}
steps: [{say: "It says: {{ tool_result }}"}]""",
    "third": "{when: {last_user: again}, steps: [{say: Third.}]}",
    "second": "{when: {last_user: again, first: 1}, steps: [{say: Second.}]}",
    "first": "{when: {last_user: again, first: 1}, steps: [{say: First.}]}",
}
SPEED = {"x-mock-speed": "1000"}
Ask = tuple[str, dict[str, Any]]


def ask(url: str, body: dict[str, Any]) -> httpx2.Response:
    path = "responses" if "input" in body else "chat/completions"
    return httpx2.post(f"{url}/{path}", json=body, headers={**SESSION, **SPEED}, timeout=30)


def message_of(answer: httpx2.Response) -> dict[str, Any]:
    """The assistant's message, also out of a stream."""
    if "event-stream" not in answer.headers["content-type"]:
        message: dict[str, Any] = answer.json()["choices"][0]["message"]
        return message
    calls: list[dict[str, Any]] = []
    text = ""
    for line in answer.text.splitlines():
        if not line.startswith("data: {"):
            continue
        delta = orjson.loads(line[6:])["choices"][0]["delta"]
        text += delta.get("content") or ""
        for piece in delta.get("tool_calls", ()):
            if piece["index"] == len(calls):
                calls.append(piece)
            else:
                calls[piece["index"]]["function"]["arguments"] += piece["function"]["arguments"]
    called = {"tool_calls": [{k: v for k, v in one.items() if k != "index"} for one in calls]}
    return {"role": "assistant", "content": text, **(called if calls else {})}


def agent(url: str, *, stream: bool) -> list[bytes]:
    """The bodies that an agent gets: it calls tools until the model says something."""
    messages: list[dict[str, Any]] = [{"role": "user", "content": "What is a gate?"}]
    bodies: list[bytes] = []
    while len(bodies) < 5:
        body = {"model": "gpt-4o", "messages": messages, "tools": TOOLS, "stream": stream}
        answer = ask(url, body)
        assert answer.status_code == 200, answer.text
        bodies.append(answer.content)
        message = message_of(answer)
        messages.append(message)
        if not message.get("tool_calls"):
            break
        messages += [
            {"role": "tool", "tool_call_id": call["id"], "content": f"page {len(bodies)}"}
            for call in message["tool_calls"]
        ]
    return bodies


def answers_agent(url: str) -> list[bytes]:
    """Of an agent that goes on from the last answer by its id."""
    bodies = [ask(url, {"model": "gpt-4o", "input": "Hi [[mock: tokens=4]]"}).content]
    for text in ("More [[mock: tokens=5]]", "Still more [[mock: tokens=6]]"):
        before = orjson.loads(bodies[-1])["id"]
        body = {"model": "gpt-4o", "input": text, "previous_response_id": before}
        bodies.append(ask(url, body).content)
    return bodies


def yes_after(topic: str, **more: Any) -> dict[str, Any]:
    said = [
        {"role": "user", "content": topic},
        {"role": "assistant", "content": "Shall I?"},
        {"role": "user", "content": "yes [[mock: tokens=9]]"},
    ]
    return {"model": "gpt-4o", "messages": said, **more}


def systems(text: str, **more: Any) -> dict[str, Any]:
    user = {"role": "user", "content": "Hi [[mock: tokens=9]]"}
    return {"model": "gpt-4o", "messages": [{"role": "system", "content": text}, user], **more}


CONFUSED = [
    *(yes_after(topic, stream=stream) for topic in ("A", "B") for stream in (True, False)),
    systems("You are a cook."),
    systems("You are a pilot."),
    systems("You are a cook.", response_format={"type": "json_object"}),
    *[chat("again")] * 3,
]
Recorded = tuple[Path, Served, dict[str, list[bytes]]]


@pytest.fixture(scope="module")
def recorded(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorded]:
    """The folder, a mock that replays it, and what the recorded one had answered."""
    folder = tmp_path_factory.mktemp("agents")
    for name, text in UPSTREAM.items():
        url = f"{served.root}/__mock__/scenarios/{name}"
        httpx2.put(url, content=text, headers=SESSION).raise_for_status()
    arguments = ("--upstream", served.url, "--out", str(folder), "--port", "0")
    with mock_process("record", *arguments, "--redact", "pin") as recorder:
        bodies = {
            "streamed": agent(recorder.url, stream=True),
            "whole": agent(recorder.url, stream=False),
            "by id": answers_agent(recorder.url),
            "confused": [ask(recorder.url, body).content for body in CONFUSED],
        }
        ask(recorder.url, chat("", tools=TOOLS, messages=with_secrets("1234", "sesame-opens")))
    with serving("--scenarios", str(folder), "--strict") as replaying:
        yield folder, replaying, bodies


@pytest.mark.parametrize(("name", "stream"), [("streamed", True), ("whole", False)])
def test_an_agent_of_two_tool_rounds_is_replayed_byte_for_byte(
    recorded: Recorded, name: str, stream: bool
) -> None:
    _, replaying, bodies = recorded
    assert len(bodies[name]) == 3
    assert [b"search" in bodies[name][0], b"read" in bodies[name][1]] == [True, True]
    assert agent(replaying.url, stream=stream) == bodies[name]


def test_who_goes_on_by_the_id_of_an_answer_is_answered_too(recorded: Recorded) -> None:
    _, replaying, bodies = recorded
    assert len(set(bodies["by id"])) == 3
    assert answers_agent(replaying.url) == bodies["by id"]
    unknown = {"model": "gpt-4o", "input": "Hi", "previous_response_id": "resp_nobody"}
    assert ask(replaying.url, unknown).json()["error"]["code"] == "previous_response_not_found"


def test_what_came_before_who_speaks_json_and_repeats_are_told_apart(recorded: Recorded) -> None:
    _, replaying, bodies = recorded
    assert len(set(bodies["confused"])) == len(CONFUSED)
    assert [ask(replaying.url, body).content for body in CONFUSED] == bodies["confused"]
    again = [ask(replaying.url, chat("again")).content for _ in range(2)]
    assert again == [bodies["confused"][-1]] * 2, "the last one repeats"
    other = ask(replaying.url, chat("again", messages=yes_after("C")["messages"]))
    assert other.status_code == 404
    assert "(not request_digest)" in other.json()["error"]["message"]


def test_recordings_of_a_session_are_in_a_folder_of_its_name(recorded: Recorded) -> None:
    folder, replaying, _ = recorded
    [own] = folder.iterdir()
    assert own.name.startswith("tests_agents_py-")
    assert all(path.suffix == ".yaml" for path in own.iterdir())
    # A session that recorded nothing is answered as well.
    body = {**yes_after("A"), "stream": False}
    other = httpx2.post(f"{replaying.url}/chat/completions", json=body, headers=SPEED)
    assert other.status_code == 200


def with_secrets(pin: str, password: str) -> list[dict[str, Any]]:
    arguments = orjson.dumps({"pin": pin, "password": password, "page": 3}).decode()
    function = {"name": "read", "arguments": arguments}
    call = {"id": "call_1", "type": "function", "function": function}
    return [
        {"role": "user", "content": "Log me in with sk-abcdef1234567890"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_1", "content": f"{password} is right"},
    ]


def test_what_is_redacted_is_not_in_the_file_and_does_not_count(recorded: Recorded) -> None:
    folder, replaying, _ = recorded
    assert not [path for path in folder.rglob("*.yaml") if b"sesame" in path.read_bytes()]
    messages = with_secrets("9876", "another-one")
    messages[2]["content"] = "sesame-opens is right"
    same = ask(replaying.url, chat("", tools=TOOLS, messages=messages))
    assert same.status_code == 200
    messages[1]["tool_calls"][0]["function"]["arguments"] = '{"page": 4}'
    assert ask(replaying.url, chat("", tools=TOOLS, messages=messages)).status_code == 404


def test_all_of_20_streams_are_there_after_a_kill_and_one_under_way_is_not(
    served: Served, tmp_path: Path
) -> None:
    arguments = ("--upstream", served.url, "--out", str(tmp_path), "--port", "0")
    with mock_process("record", *arguments) as recorder:
        client = OpenAI(base_url=recorder.url, api_key="mine", max_retries=0)
        for number in range(20):
            text = f"number {number} [[mock: tokens=3 speed=1000]]"
            messages: Any = [{"role": "user", "content": text}]
            with client.chat.completions.create(
                model="gpt-4o", messages=messages, stream=True
            ) as stream:
                assert [chunk.choices[0].finish_reason for chunk in stream][-1] == "stop"
        held = chat("under way [[mock: hold=1 speed=1000]]", stream=True)
        with httpx2.stream("POST", f"{recorder.url}/chat/completions", json=held) as answer:
            pieces = answer.iter_raw()
            assert next(pieces)
            os.kill(recorder.pid, signal.SIGKILL)
            with pytest.raises(httpx2.RemoteProtocolError):
                list(pieces)
        client.close()
    files = sorted(tmp_path.glob("*.yaml"))
    assert len(files) == 20
    for file in files:
        [scenario] = read_scenarios(file.read_text(encoding="utf-8"), file.name, "x")
        assert scenario.recorded is not None
        assert scenario.recorded.ending == "complete"


@pytest.fixture(scope="module")
def missing(served: Served, recorded: Recorded, tmp_path_factory: Any) -> Iterator[Served]:
    """A mock that has one scenario, and passes on what that does not fit."""
    folder = tmp_path_factory.mktemp("missing")
    (folder / "own.yaml").write_text("{when: {last_user: mine}, steps: [{say: Yours.}]}")
    with serving("--scenarios", str(folder), "--record-missing", served.url) as mock:
        yield mock


@pytest.mark.parametrize("stream", [True, False])
def test_what_nothing_fits_is_passed_on_and_fits_from_then_on(
    missing: Served, recorded: Recorded, served: Served, stream: bool
) -> None:
    bodies = recorded[2]["streamed" if stream else "whole"]
    calls = len(served.journal("What is a gate?"))
    assert agent(missing.url, stream=stream) == bodies
    assert len(served.journal("What is a gate?")) == calls + 3
    assert agent(missing.url, stream=stream) == bodies
    assert len(served.journal("What is a gate?")) == calls + 3
    entries = missing.journal("What is a gate?", limit=6)
    assert {entry["state"] for entry in entries} == {"finished"}
    reasons = [entry["why"].partition(":")[0] for entry in entries]
    assert reasons == ["the same request was recorded"] * 3 + ["passed on"] * 3
    assert [one["scenario"] for one in entries[:3]] == [one["scenario"] for one in entries[3:]]


def test_what_fits_is_not_passed_on_and_the_other_servers_errors_are(
    missing: Served, served: Served
) -> None:
    own = missing.post(chat("mine [[mock: speed=1000]]"))
    assert own.json()["choices"][0]["message"]["content"] == "Yours."
    assert "x-mock-passed-on" not in own.headers
    assert not served.journal("mine")
    refused = chat("no [[mock: fault=refuse:429;retry-after=3]]")
    first, again = missing.post(refused), missing.post(chat("no"))
    assert [first.status_code, again.status_code] == [429, 429]
    assert [first.headers["retry-after"], again.headers["retry-after"]] == ["3", "3"]
    assert first.content == again.content
    assert first.headers["x-mock-passed-on"] == again.headers["x-mock-scenario"]
    before = {"model": "gpt-4o", "input": "Hi", "previous_response_id": "resp_nobody"}
    assert ask(missing.url, before).json()["error"]["code"] == "previous_response_not_found"
    assert served.journal("Hi", limit=1)[0]["status"] == 400


def test_a_server_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with serving("--scenarios", str(tmp_path), "--record-missing", "http://127.0.0.1:1/v1") as mock:
        answer = mock.post(chat("Hi"))
        assert answer.status_code == 502
        assert answer.json()["error"]["code"] == "mock_upstream"
        assert mock.journal("Hi")[0]["state"] == "refused"
    assert not list(tmp_path.iterdir())


def test_a_client_that_goes_does_not_end_the_recording(served: Served, tmp_path: Path) -> None:
    asyncio.run(_leave_early(served, tmp_path))
    [file] = tmp_path.iterdir()
    [scenario] = read_scenarios(file.read_text(encoding="utf-8"), file.name, "x")
    assert scenario.recorded is not None
    assert scenario.recorded.writes[-1][1].endswith(b"data: [DONE]\n\n")
    assert scenario.recorded.ending == "complete"


async def _leave_early(served: Served, tmp_path: Path) -> None:
    text = "gone early [[mock: hold=1 tokens=9 speed=1000]]"
    upstream = Upstream(served.url, tmp_path, Redaction())
    body = orjson.dumps(chat(text, stream=True))
    headers = {"content-type": "application/json"}
    answer = await upstream.send("POST", "/v1/chat/completions", "", headers, body)
    async for piece in answer.pieces():
        assert piece
        break
    answer.client_left()
    name = answer.headers["x-mock-stream"]
    released = httpx2.post(f"{served.root}/__mock__/streams/{name}/release")
    assert released.status_code == 200
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))
    await upstream.close()


def test_one_recording_by_the_admin_route_answers_a_conversation_or_a_question(
    served: Served,
) -> None:
    def record(**more: Any) -> httpx2.Response:
        body = {"upstream": served.url, "request": chat("Hi [[mock: speed=1000]]"), **more}
        return httpx2.post(f"{served.root}/__mock__/record", json=body, timeout=30)

    def when(**more: Any) -> Any:
        return yaml.safe_load(record(**more).json()["text"])["when"]

    assert set(when()) == {"model", "last_user", "turn", "request_digest"}
    assert set(when(match="question")) == {"model", "last_user", "turn"}
    assert when(redact=["pin"])["redacted"] == ["pin"]
    assert record(match="nothing").json()["error"]["param"] == "match"
    assert record(redact="pin").json()["error"]["param"] == "redact"
