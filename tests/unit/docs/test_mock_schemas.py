"""The schemas of the mock's journal and plans, and what they are made of the types by."""

import json
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from docs.typed_dicts import schema_of
from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.evidence.journal import Journal
from mock_openai.planning.plan_json import plan_to_json
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from tests.unit.docs.published import misfits


class Inner(TypedDict):
    """One of them."""

    name: Annotated[str | None, "what it is called"]


class Outer(TypedDict):
    """All of
    them."""

    kind: Literal["a", "b"]
    rows: list[Inner]
    headers: dict[str, str]
    more: NotRequired[Annotated[int, "if there is more"]]


def planned(content: str, path: str = "/v1/chat/completions", **more: Any) -> PlannedAnswer:
    text = {"messages": [{"role": "user", "content": content}], "input": content}
    body = {"model": "gpt-4o", **more, **{k: v for k, v in text.items() if k in _TEXTS[path]}}
    return Planner(ScenarioFiles(), Settings()).plan(ENDPOINTS[path], {}, json.dumps(body).encode())


_TEXTS = {"/v1/chat/completions": ("messages",), "/v1/responses": ("input",)}
ANSWERS = [
    planned("Hello", stream=True),
    planned("Hello"),
    planned("Hello [[mock: fault=stall@3:2s fault=lose@99999]]", stream=True),
    planned("Hello [[mock: fault=refuse:429]]", stream=True),
    planned("Hello", "/v1/responses", stream=True),
]


def test_a_type_becomes_its_schema() -> None:
    assert schema_of(Outer) == {
        "title": "Outer",
        "description": "All of them.",
        "type": "object",
        "properties": {
            "kind": {"enum": ["a", "b"]},
            "rows": {"type": "array", "items": {"$ref": "#/$defs/Inner"}},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "more": {"type": "integer", "description": "if there is more"},
        },
        "required": ["kind", "rows", "headers"],
        "additionalProperties": False,
        "$defs": {
            "Inner": {
                "title": "Inner",
                "description": "One of them.",
                "type": "object",
                "properties": {
                    "name": {"type": ["string", "null"], "description": "what it is called"}
                },
                "required": ["name"],
                "additionalProperties": False,
            }
        },
    }


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_plan_is_valid_for_its_schema(answer: PlannedAnswer) -> None:
    assert misfits("mock-plan.json", plan_to_json(answer)) == []


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("frames", [False, True])
def test_a_journal_is_valid_for_its_schema(answer: PlannedAnswer, *, frames: bool) -> None:
    journal = Journal(10, 1_000_000)
    entry = journal.open("mine", answer, b"{}", 0, {"x-mine": "1", "authorization": "Bearer x"})
    journal.open("", answer, b"{}", 1)
    entry.ledger.note(len(answer.plan.frames), 7)
    entry.ledger.pauses.append((3, 5))
    entry.mark("stop", 6)
    entry.end("client_closed", 8)
    told = {"requests": [one.to_json(frames=frames) for one in journal.newest()]}
    assert misfits("mock-journal.json", json.loads(json.dumps(told))) == []
    assert frames is ("frames" in told["requests"][0])
