"""A pytest plugin for the suite of the official client: what it makes up becomes what is there.

It runs in the environment of that suite, which has none of this repository's packages. The ids of
its examples name nothing, and some of its examples set together what no server takes together: the
ids become those of things that the mock has just stored, and the values such as OpenAI takes.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import httpx2
import openai._base_client
import pytest

BASE_URL = os.environ.get("TEST_API_BASE_URL", "")
_MODEL = "gpt-4o"
_STRICT = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}
_RESPONSES = "/responses"


def _post(path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    answer = httpx2.post(BASE_URL + path, json=body, headers={"authorization": "Bearer any"})
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _completion() -> str:
    messages = [{"role": "user", "content": "Stored. [[mock: scenario=hello speed=1000]]"}]
    body = {"model": _MODEL, "messages": messages, "store": True}
    return str(_post("/chat/completions", body)["id"])


def _response(running: bool = False) -> str:
    """`running`: in the background, where it may be cancelled."""
    words = "Stored. [[mock: scenario=hello speed=1000]]"
    if running:
        words = "Running. [[mock: tokens=1000 gap=10s]]"
    return str(_post(_RESPONSES, {"model": _MODEL, "input": words, "background": running})["id"])


def _conversation() -> tuple[str, str]:
    """Its id, and that of its one item."""
    item = {"type": "message", "role": "user", "content": "Stored."}
    name = str(_post("/conversations", {})["id"])
    added = _post(f"/conversations/{name}/items", {"items": [item]})
    return name, str(added["data"][0]["id"])


def live_url(url: str) -> str:
    """The path with ids of what was stored just now."""
    if "completion_id" in url:
        url = url.replace("completion_id", _completion())
    if found := re.search(r"resp_677efb5139a88190b512bc3fef8e535d|\bresponse_id\b", url):
        url = url.replace(found[0], _response(running=url.endswith("/cancel")))
    if "conv_123" in url:
        conversation, item = _conversation()
        url = url.replace("conv_123", conversation).replace("msg_abc", item)
    return url


def live_body(url: str, body: dict[str, Any]) -> dict[str, Any]:
    """The body without what OpenAI would refuse."""
    body = dict(body)
    if body.get("stream_options") and not body.get("stream"):
        del body["stream_options"]
    if url.startswith(_RESPONSES) and body.get("previous_response_id"):
        body["previous_response_id"] = _response()
        body.pop("conversation", None)
    if body.get("max_completion_tokens") == 0:
        body["max_completion_tokens"] = 1
        body.pop("max_tokens", None)
    if "foo" in (body.get("logit_bias") or ()):
        body["logit_bias"] = {"1": 0}
    if "tools" in body:
        body["tools"] = [_strict(tool) for tool in body["tools"]]
    return body


def live_query(params: Mapping[str, Any]) -> dict[str, Any]:
    """A page of nothing is no page; events are counted where they are streamed."""
    params = dict(params)
    if params.get("limit") == 0:
        params["limit"] = 1
    if params.get("after") == "after":
        del params["after"]
    if "starting_after" in params and not params.get("stream"):
        del params["starting_after"]
    return params


def _strict(tool: dict[str, Any]) -> dict[str, Any]:
    """Strict parameters are a schema of an object; the suite's are no schema."""
    if isinstance(tool.get("function"), dict):
        return {**tool, "function": _strict(tool["function"])}
    return {**tool, "parameters": _STRICT} if tool.get("strict") else tool


def _with_live_ids(build: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(build)
    def built(client: Any, options: Any, **more: Any) -> Any:
        options.url = live_url(options.url)
        options.params = live_query(options.params)
        options.headers = {**(options.headers or {}), "X-Mock-Speed": "1000"}
        if isinstance(options.json_data, dict):
            options.json_data = live_body(options.url, options.json_data)
        return build(client, options, **more)

    return built


def pytest_configure() -> None:
    base: Any = openai._base_client.BaseClient
    base._build_request = _with_live_ids(base._build_request)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """One line of JSON for each test; why it failed, where it did."""
    if report.when != "call" and not report.failed and not report.skipped:
        return
    path = os.environ.get("OFFICIAL_SUITE_REPORT")
    if path:
        crash = getattr(report.longrepr, "reprcrash", None)
        complaint = str(report.longrepr) if crash is None else crash.message.splitlines()[0]
        line = {
            "test": report.nodeid,
            "outcome": report.outcome,
            "complaint": "" if report.passed else complaint,
        }
        with open(path, "a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
