"""The admin routes of scenarios: list, put, delete, and what an answer would be."""

import asyncio
import re
from dataclasses import replace
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mock_openai.catalog.session_scenarios import EVERYBODY
from mock_openai.endpoints import ENDPOINTS, Endpoint
from mock_openai.errors import ApiError, ScenarioError, SetupError, nearest
from mock_openai.http.body_limits import BodyLimits
from mock_openai.http.request_params import body_of, json_response, mock_of, object_of, session_in
from mock_openai.planning.plan_json import plan_to_json
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.scenario import BUILT_IN, Scenario
from mock_openai.state import Mock

_NAME = re.compile(r"[\w.-]{1,100}")


async def listed(request: Request) -> Response:
    """The scenarios that may answer, and what is wrong with files."""
    mock = mock_of(request)
    scenarios = mock.planner.session_scenarios.view(session_in(request) or EVERYBODY).scenarios
    rows = [
        {"name": s.name, "description": s.description, "source": s.source}
        for s in (*scenarios, BUILT_IN)
    ]
    folder = mock.scenario_files.folder
    return json_response(
        {
            "scenarios": rows,
            "errors": [str(e) for e in mock.scenario_files.errors],
            "folder": None if folder is None else str(folder),
        }
    )


async def put(request: Request) -> Response:
    """The body is a scenario in YAML or JSON; the newest that fits answers. It is held in memory;
    with `?keep=1` it becomes a file of the first `--scenarios` folder instead."""
    name = request.path_params["name"]
    if not _NAME.fullmatch(name):
        raise ApiError(400, f"{name[:100]!r} is not a scenario name.", "name", "mock_scenario")
    body = await body_of(request)
    # Apart from the loop that keeps the time of all streams: a long text takes a while.
    scenario = await asyncio.to_thread(_read, body, name)
    if request.query_params.get("keep") in ("1", "true"):
        return json_response({"name": name, "kept": _store(mock_of(request), name, scenario)})
    scenario = replace(scenario, name=name)
    mock_of(request).planner.session_scenarios.put(session_in(request) or EVERYBODY, scenario)
    return json_response({"name": name, "description": scenario.description})


def _store(mock: Mock, name: str, scenario: Scenario) -> str:
    if scenario.name != name:
        message = f"The text is named '{scenario.name}', not '{name}'."
        raise ApiError(400, message, "name", "mock_scenario")
    try:
        path = mock.scenario_files.store(name, scenario.text)
    except SetupError as error:
        raise ApiError(409, f"It can't be kept: {error}.", "name", "mock_scenario") from error
    except OSError as error:
        message = f"It can't be kept: {error.strerror}."
        raise ApiError(500, message, "name", "mock_scenario", "server_error") from error
    mock.planner.session_scenarios.delete(EVERYBODY, name)  # else what was put would hide the file
    return str(path)


async def delete(request: Request) -> Response:
    """Takes away what was put; with `?kept=1` the file of yours that holds it and nothing else."""
    name = request.path_params["name"]
    if request.query_params.get("kept") in ("1", "true"):
        files = mock_of(request).scenario_files
        path = files.own_file_of(name)
        if path is None:
            raise ApiError(404, f"No file holds '{name[:100]}' alone.", "name")
        path.unlink(missing_ok=True)
        files.refresh()
        return json_response({"name": name, "deleted": True})
    if not mock_of(request).planner.session_scenarios.delete(
        session_in(request) or EVERYBODY, name
    ):
        raise ApiError(404, f"No scenario '{name[:100]}' was put here.", "name")
    return json_response({"name": name, "deleted": True})


async def preview(request: Request) -> Response:
    """`{"scenario": "YAML text", "request": {…}}`: the plan, without putting anything."""
    given = await object_of(request)
    text = given.get("scenario")
    if not isinstance(text, str):
        raise ApiError(400, "'scenario' is the YAML text of a scenario.", "scenario")
    scenario = await asyncio.to_thread(_read, text.encode(), "preview")
    mock = mock_of(request)
    planner = Planner(mock.scenario_files, mock.settings)
    planner.session_scenarios.put(EVERYBODY, scenario)
    headers = {"x-mock-scenario": scenario.name}
    body = orjson.dumps(given.get("request"))
    return json_response(plan_to_json(planner.plan(_endpoint(request), headers, body)))


async def plan(request: Request) -> Response:
    """The body is a request; the answer is what would be sent, and when.
    [Schema](schemas/mock-plan.json)."""
    mock: Mock = mock_of(request)
    headers = {key.lower(): value for key, value in request.headers.items()}
    planned = mock.plan(
        _endpoint(request), headers, await body_of(request, BodyLimits()), counts=False
    )
    return json_response(plan_to_json(planned))


def _endpoint(request: Request) -> Endpoint:
    name = request.query_params.get("endpoint", "chat.completions")
    endpoints: dict[str, Any] = {endpoint.name: endpoint for endpoint in ENDPOINTS.values()}
    if name not in endpoints:
        raise ApiError(400, f"Unknown endpoint '{name}'{nearest(name, endpoints)}", "endpoint")
    chosen: Endpoint = endpoints[name]
    return chosen


def _read(body: bytes, name: str) -> Scenario:
    try:
        scenarios = read_scenarios(body.decode("utf-8"), "body", name)
    except (ScenarioError, UnicodeDecodeError) as error:
        raise ApiError(400, str(error), "scenario", "mock_scenario") from error
    if len(scenarios) != 1:
        raise ApiError(400, "Put one scenario at a time.", "scenario", "mock_scenario")
    return scenarios[0]
