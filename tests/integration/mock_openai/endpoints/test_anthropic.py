"""Anthropic's Messages over HTTP: the same gates, evidence and refusals as for chats."""

import json
from typing import Any

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served
from tests.unit.mock_openai.bodies import claude

VERSION = {"anthropic-version": "2023-06-01"}


def post(served: Served, body: Any, path: str = "", **headers: str) -> httpx2.Response:
    url = f"{served.root}/v1/messages{path}"
    return httpx2.post(url, json=body, headers={**VERSION, **headers}, timeout=30)


def test_a_gate_holds_a_message_before_its_chunk(served: Served) -> None:
    body = claude("gated [[mock: scenario=hello hold=3 speed=1000]]", stream=True)
    with httpx2.stream(
        "POST", f"{served.root}/v1/messages", json=body, headers=VERSION, timeout=30
    ) as answer:
        stream = f"{served.root}/__mock__/streams/{answer.headers['x-mock-stream']}"
        state = httpx2.get(stream, params={"wait": "sent:3"}, timeout=30).json()
        assert state["held"] is True
        httpx2.post(f"{stream}/release", timeout=30).raise_for_status()
        text = answer.read().decode()
    assert text.count("event: content_block_delta\n") == 13
    assert text.endswith('event: message_stop\ndata: {"type":"message_stop"}\n\n')
    [entry] = served.journal("gated", limit=1)
    assert (entry["endpoint"], entry["state"]) == ("messages", "finished")


def test_a_refusal_is_anthropics_whatever_server_the_mock_speaks_like(served: Served) -> None:
    plain = post(served, {})
    assert post(served, {}, **{"x-mock-profile": "vllm"}).json() == plain.json()
    assert plain.json() == {
        "type": "error",
        "error": {"type": "invalid_request_error", "message": "model: Field required"},
        "request_id": plain.headers["request-id"],
    }
    scripted = post(served, claude("no [[mock: profile=vllm fault=refuse:529]]"))
    assert scripted.json()["error"] == {"type": "overloaded_error", "message": "Overloaded"}


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        ("GET", "/v1/messages", 404, "not_found_error"),
        ("POST", "/v1/messages/batches", 404, "not_found_error"),
    ],
)
def test_what_is_not_there_is_not_found_in_its_words(
    served: Served, method: str, path: str, status: int, kind: str
) -> None:
    answer = httpx2.request(method, served.root + path)
    assert (answer.status_code, answer.json()["error"]["type"]) == (status, kind)
    assert answer.json()["request_id"] == answer.headers["request-id"]


def test_an_answer_has_anthropics_headers(served: Served) -> None:
    answer = post(served, claude("head [[mock: scenario=instant]]"))
    assert answer.headers["request-id"].startswith("req_")
    assert answer.headers["anthropic-ratelimit-requests-remaining"] == "3999"
    assert not [name for name in answer.headers if name.startswith(("openai", "x-ratelimit"))]


def test_a_scenario_may_script_the_error(served: Served) -> None:
    fault = "refuse:402;type=billing_error;code=credits"
    error = post(served, claude(f"pay [[mock: fault={fault}]]")).json()["error"]
    assert error == {
        "type": "billing_error",
        "message": "Refused as scripted.",
        "details": {"error_code": "credits"},
    }


def test_the_plan_of_a_message_is_what_is_sent(served: Served) -> None:
    body = claude("planned [[mock: scenario=tool-call speed=1000]]", stream=True)
    body["tools"] = [{"name": "f", "input_schema": {"type": "object"}}]
    plan = httpx2.post(f"{served.root}/__mock__/plan?endpoint=messages", json=body).json()
    assert "".join(frame["data"] for frame in plan["frames"]) == post(served, body).text
    assert json.loads(json.dumps(plan))["text"]
