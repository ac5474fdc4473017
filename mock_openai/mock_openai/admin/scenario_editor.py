"""The admin routes for who writes scenarios: a scenario's own text, what is wrong with a text, what
would be sent for it, and which faults there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mock_openai.catalog.session_scenarios import EVERYBODY
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError, ScenarioError
from mock_openai.faults import FAULTS
from mock_openai.faults.place import Place
from mock_openai.http.request_params import json_response, mock_of, object_of, session_in
from mock_openai.planning.plan_json import tell_plan
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.matching import When
from mock_openai.scenarios.scenario import Scenario
from mock_openai.state import Mock

MOST_TOLD = 4_000
"""Frames of a plan that are told: enough for a picture of it."""

_CHAT = "/v1/chat/completions"
_ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}]}


async def source(request: Request) -> Response:
    """The text that a scenario was read from, and where it is kept."""
    mock, name = mock_of(request), request.path_params["name"]
    overlay = mock.prompter.overlay
    found = overlay.view(session_in(request) or EVERYBODY).named(name)
    if found is None:
        raise ApiError(404, f"There is no scenario '{name[:100]}'.", "name")
    kept = mock.shelf.kept(name)
    return json_response(
        {
            "name": name,
            "description": found.description,
            "source": found.source,
            "text": found.text,
            "kept": None if kept is None else str(kept),
        }
    )


async def check(request: Request) -> Response:
    """`{"scenario": "YAML text", "request": {…}}`: 200 either way; `problem` has line and path."""
    given = await object_of(request)
    text = given.get("scenario")
    if not isinstance(text, str):
        raise ApiError(400, "'scenario' is the YAML text of a scenario.", "scenario")
    asked = given.get("request", _ASKED)
    if not isinstance(asked, dict):
        raise ApiError(400, "'request' is the body of a chat completion.", "request")
    # Apart from the loop that keeps the time of all streams: a long answer takes a while to plan.
    return json_response(await asyncio.to_thread(_checked, mock_of(request), text, asked))


async def faults(_request: Request) -> Response:
    """Every fault: where it strikes by default, what it does, what a checker has to report."""
    somewhere = Place("chunk", 1)
    told = [
        {
            "name": name,
            "effect": kind.effect,
            "at": str(kind.default),
            "violation": kind.read(somewhere, None).violation,
        }
        for name, kind in FAULTS.items()
    ]
    return json_response({"faults": told})


def _checked(mock: Mock, text: str, asked: dict[str, Any]) -> dict[str, Any]:
    try:
        scenarios = read_scenarios(text, "", "unnamed")
    except ScenarioError as error:
        return _wrong(error.line, error.path, error.message)
    if len(scenarios) > 1:
        return _wrong(1, "", "one scenario at a time: what follows '---' is another")
    [scenario] = scenarios
    try:
        played = _planned(mock, scenario, asked)
        meant = _planned(mock, replace(scenario, faults=()), asked)
    except ApiError as error:
        return _wrong(1, "", error.message)
    return {
        "ok": True,
        "problem": None,
        "name": scenario.name,
        "description": scenario.description,
        "always": scenario.when == When(),
        "hold": scenario.hold,
        "plan": _told(played),
        "meant": _told(meant),
    }


def _wrong(line: int, path: str, message: str) -> dict[str, Any]:
    return {"ok": False, "problem": {"line": line, "path": path, "message": message}}


def _planned(mock: Mock, scenario: Scenario, asked: dict[str, Any]) -> dict[str, Any]:
    """The plan of a scenario that is put nowhere."""
    prompter = Planner(mock.shelf, mock.settings)
    prompter.overlay.put(EVERYBODY, scenario)
    body = orjson.dumps({"stream": True, **asked})
    headers = {"x-mock-scenario": scenario.name}
    return tell_plan(prompter.cue(ENDPOINTS[_CHAT], headers, body))


def _told(plan: dict[str, Any]) -> dict[str, Any]:
    frames = plan["frames"]
    return {
        "status": plan["status"],
        "ending": plan["ending"],
        "end_ns": plan["end_ns"],
        "text": plan["text"][:100_000],
        "chunks": plan["chunks"][:MOST_TOLD],
        "chunks_in_all": len(plan["chunks"]),
        "faults": plan["faults"],
        "frames": [[f["due_ns"], f["kind"], f["chunk"], f["size"]] for f in frames[:MOST_TOLD]],
        "frames_in_all": len(frames),
    }
