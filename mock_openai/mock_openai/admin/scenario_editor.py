"""The admin routes for who writes scenarios: a scenario's own text, what is wrong with a text, what
would be sent for it, and which faults there are."""

import asyncio
from dataclasses import replace
from typing import Any, Literal

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mock_openai.catalog.session_scenarios import EVERYBODY
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError, ScenarioError
from mock_openai.faults import FAULTS
from mock_openai.faults.place import Place
from mock_openai.http.request_params import json_response, mock_of, object_of, session_in
from mock_openai.planning.plan_json import PlanJson, plan_to_json
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.conditions import When
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.scenario import Scenario
from mock_openai.state import Mock

MOST_FRAMES = 4_000
"""Frames of a plan that are told: enough for a picture of it."""

_CHAT = "/v1/chat/completions"
_DRAWN: tuple[Literal["due_ns", "kind", "chunk", "size"], ...] = ("due_ns", "kind", "chunk", "size")
_DEFAULT_BODY = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}


async def source(request: Request) -> Response:
    """The text that a scenario was read from, and the file that it is kept in."""
    mock, name = mock_of(request), request.path_params["name"]
    session_scenarios = mock.planner.session_scenarios
    scenario = session_scenarios.view(session_in(request) or EVERYBODY).named(name)
    if scenario is None:
        raise ApiError(404, f"There is no scenario '{name[:100]}'.", "name")
    file = mock.scenario_files.own_file_of(name)
    return json_response(
        {
            "name": name,
            "description": scenario.description,
            "source": scenario.source,
            "text": scenario.text,
            "kept": None if file is None else str(file),
        }
    )


async def check(request: Request) -> Response:
    """`{"scenario": "YAML text", "request": {…}}`: the mistake with its line and path as `problem`,
    or the plan with its faults and without; 200 either way."""
    given = await object_of(request)
    text = given.get("scenario")
    if not isinstance(text, str):
        raise ApiError(400, "'scenario' is the YAML text of a scenario.", "scenario")
    chat_body = given.get("request", _DEFAULT_BODY)
    if not isinstance(chat_body, dict):
        raise ApiError(400, "'request' is the body of a chat completion.", "request")
    # Apart from the loop that keeps the time of all streams: a long answer takes a while to plan.
    return json_response(await asyncio.to_thread(_checked, mock_of(request), text, chat_body))


async def faults(_request: Request) -> Response:
    """Every fault: where it strikes, what it does, which value it takes, what a checker must
    report."""
    somewhere = Place("chunk", 1)
    rows = [
        {
            "name": name,
            "effect": kind.effect,
            "value": kind.value,
            "at": str(kind.default),
            "violation": kind.read(somewhere, None).violation,
        }
        for name, kind in FAULTS.items()
    ]
    return json_response({"faults": rows})


def _checked(mock: Mock, text: str, chat_body: dict[str, Any]) -> dict[str, Any]:
    try:
        scenarios = read_scenarios(text, "", "unnamed")
    except ScenarioError as error:
        return _wrong(error.line, error.path, error.message)
    if len(scenarios) > 1:
        return _wrong(1, "", "one scenario at a time: what follows '---' is another")
    [scenario] = scenarios
    try:
        played = _planned(mock, scenario, chat_body)
        meant = _planned(mock, replace(scenario, faults=()), chat_body)
    except ApiError as error:
        return _wrong(1, "", error.message)
    return {
        "ok": True,
        "problem": None,
        "name": scenario.name,
        "description": scenario.description,
        "always": scenario.when == When(),
        "hold": scenario.hold,
        "plan": _brief_plan(played),
        "meant": _brief_plan(meant),
    }


def _wrong(line: int, path: str, message: str) -> dict[str, Any]:
    return {"ok": False, "problem": {"line": line, "path": path, "message": message}}


def _planned(mock: Mock, scenario: Scenario, chat_body: dict[str, Any]) -> PlanJson:
    """The plan of a scenario that is put nowhere."""
    planner = Planner(mock.scenario_files, mock.settings)
    planner.session_scenarios.put(EVERYBODY, scenario)
    body = orjson.dumps({"stream": True, **chat_body})
    headers = {"x-mock-scenario": scenario.name}
    return plan_to_json(planner.plan(ENDPOINTS[_CHAT], headers, body))


def _brief_plan(plan: PlanJson) -> dict[str, Any]:
    frames = plan["frames"]
    return {
        "status": plan["status"],
        "ending": plan["ending"],
        "end_ns": plan["end_ns"],
        "text": plan["text"][:100_000],
        "chunks": plan["chunks"][:MOST_FRAMES],
        "chunks_in_all": len(plan["chunks"]),
        "faults": plan["faults"],
        "frames": [{key: frame[key] for key in _DRAWN} for frame in frames[:MOST_FRAMES]],
        "frames_in_all": len(frames),
    }
