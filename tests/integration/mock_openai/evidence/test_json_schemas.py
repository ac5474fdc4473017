"""What the mock answers over HTTP is valid for the schemas that are published for it."""

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat
from tests.unit.docs.published import misfits


@pytest.mark.parametrize("stream", [True, False])
def test_journal_and_plan_are_valid_for_their_schemas(served: Served, *, stream: bool) -> None:
    body = chat(f"valid {stream} [[mock: speed=100 fault=lose@2]]", stream=stream)
    plan = httpx2.post(f"{served.root}/__mock__/plan", json=body).json()
    served.post(body)
    entry = served.wait(f"valid {stream}", "finished")
    assert misfits("mock-plan.json", plan) == []
    assert plan["frames"][0]["due_ns"] >= 0
    for frames in (0, 1):
        answer = httpx2.get(f"{served.root}/__mock__/requests", params={"frames": frames}).json()
        assert misfits("mock-journal.json", answer) == []
        assert entry["id"] in [one["id"] for one in answer["requests"]]
