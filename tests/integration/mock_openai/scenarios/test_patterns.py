"""An expression and a text that are hostile to each other hold up nobody: asked over the wire."""

from typing import Any

import httpx2

from tests.integration.mock_openai.conftest import Served, chat
from tests.unit.mock_openai.scenarios.test_patterns import HOSTILE


def test_a_hostile_expression_and_text_hold_up_nobody(served: Served) -> None:
    session = {"x-mock-session": "hostile"}
    scenario: dict[str, Any] = {"when": {"last_user": HOSTILE[0]}, "steps": [{"say": "never"}]}
    url = f"{served.root}/__mock__/scenarios/hostile"
    httpx2.put(url, json=scenario, headers=session).raise_for_status()
    answer = served.post(chat("a" * 10_000 + "! [[mock: speed=1000]]"), **session)
    assert answer.headers["x-mock-scenario"] == "built-in"
