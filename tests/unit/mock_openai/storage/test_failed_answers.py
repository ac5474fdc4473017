"""An answer that failed has said nothing: what goes on from it knows the question alone."""

import json
from pathlib import Path
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from mock_openai.storage.chat_completions import CompletionStore
from mock_openai.storage.conversations import Conversations
from mock_openai.storage.paging import ListQuery
from mock_openai.storage.responses import ResponseStore
from tests.unit.mock_openai.bodies import chat

STEPS = "[{say: Hello you}, {call_tool: {name: look}}]"


def planned(folder: Path, finish: str, path: str, body: dict[str, Any]) -> PlannedAnswer:
    (folder / "mine.yaml").write_text(f"finish_reason: {finish}\nsteps: {STEPS}")
    settings = Settings(folders=(folder,))
    planner = Planner(ScenarioFiles(settings.folders), settings)
    tools = [{"type": "function", "name": "look", "parameters": {}}]
    if path.endswith("completions"):
        tools = [{"type": "function", "function": {"name": "look"}}]
    content = json.dumps({"model": "gpt-4o", "tools": tools, **body}).encode()
    return planner.plan(ENDPOINTS[path], {}, content, lambda _: [])


def stop() -> None:
    """Nothing is to be stopped."""


@pytest.mark.parametrize(
    ("finish", "types"),
    [("failed", ["message"]), ("stop", ["message", "message", "function_call"])],
)
def test_a_conversation_gains_the_question_of_a_response_that_failed(
    tmp_path: Path, finish: str, types: list[str]
) -> None:
    conversations = Conversations(0)
    name = conversations.create("", {})["id"]
    body = {"input": "Hello?", "conversation": name}
    made = planned(tmp_path, finish, "/v1/responses", body)
    conversations.hooks.on_finished["responses"](made, "", 0)
    items = conversations.find("", name).items
    assert [item["type"] for item in items] == types
    assert items[0]["content"][0]["text"] == "Hello?"


@pytest.mark.parametrize(
    ("finish", "said"), [("failed", ["Hello?"]), ("stop", ["Hello?", "Hello you", ""])]
)
def test_what_goes_on_from_a_response_that_failed_knows_its_question(
    tmp_path: Path, finish: str, said: list[str]
) -> None:
    responses = ResponseStore()
    made = planned(tmp_path, finish, "/v1/responses", {"input": "Hello?"})
    responses.hooks.on_opened["responses"](made, "", 0, stop)
    name = json.loads(made.plan.frames[0].data)["id"]
    assert [one["content"] for one in responses.recall("", name)] == said


@pytest.mark.parametrize(
    ("finish", "fault", "stored"),
    [
        ("stop", "", 1),
        ("stop", "[[mock: fault=keep-alive@1]]", 1),
        ("failed", "", 0),
        ("stop", "[[mock: fault=data-error@1]]", 0),
        ("stop", "[[mock: fault=event-error@1]]", 0),
    ],
)
def test_a_completion_that_broke_off_with_an_error_is_not_stored(
    tmp_path: Path, finish: str, fault: str, stored: int
) -> None:
    completions = CompletionStore()
    body = chat(f"Hello? {fault}", stream=True, store=True)
    made = planned(tmp_path, finish, "/v1/chat/completions", body)
    completions.hooks.on_finished["chat.completions"](made, "", 0)
    assert len(completions.page("", ListQuery())["data"]) == len(completions) == stored
