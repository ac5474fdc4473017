"""What is noted of a request that nothing was planned for: it was refused, or is passed on to a
real server. Pure."""

from typing import Any

import orjson

from mock_openai.errors import ApiError
from mock_openai.plan.plan import Frame, Plan
from mock_openai.plan.write_schedule import schedule_writes
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.request.json_depth import read_nested
from mock_openai.request.overrides import NO_OVERRIDES
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.scenario import Scenario

_NONE = Scenario(name="")
LARGEST_GLIMPSE = 1_000_000
"""Bytes of a refused body that are looked into."""


def refused_answer(endpoint: str, error: ApiError, body: bytes, sent: bytes) -> PlannedAnswer:
    """As if it had been planned: `sent` is the one frame, the error says why."""
    plan = Plan(frames=(Frame(0, sent, "error"),), status=error.status, streamed=False)
    return _noted(endpoint, body, plan, f"refused: {error}")


def passed_answer(endpoint: str, error: ApiError, body: bytes) -> PlannedAnswer:
    """As if it had been planned: one frame, whose bytes a real server has; the error says why."""
    plan = Plan(frames=(Frame(0, b"", "recorded"),), streamed=False)
    return _noted(endpoint, body, plan, f"passed on: {error}")


def _noted(endpoint: str, body: bytes, plan: Plan, why: str) -> PlannedAnswer:
    """The model and the last user message are those of the body, as far as it can be read."""
    given = _glimpse(body)
    request = ParsedRequest(
        endpoint,
        {},
        b"",
        model=_text(given.get("model"))[:200],
        stream=given.get("stream") is True,
        last_user=_last_user(given.get("messages", given.get("input"))),
    )
    return PlannedAnswer(request, "", why, 0, NO_OVERRIDES, plan, schedule_writes(plan), _NONE)


def _glimpse(body: bytes) -> dict[str, Any]:
    try:
        given = read_nested(body) if len(body) <= LARGEST_GLIMPSE else {}
    except (orjson.JSONDecodeError, ApiError):
        return {}
    return given if isinstance(given, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _last_user(messages: Any) -> str:
    if isinstance(messages, str):
        return messages
    for one in reversed(messages) if isinstance(messages, list) else ():
        if isinstance(one, dict) and one.get("role") == "user":
            return _text_of(one.get("content"))
    return ""


def _text_of(content: Any) -> str:
    parts = content if isinstance(content, list) else [{"text": content}]
    return " ".join(filter(None, (_text(p.get("text")) for p in parts if isinstance(p, dict))))
