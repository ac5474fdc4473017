"""What is cached of plans is bounded in bytes too: few large ones take as much as many small."""

import json
from dataclasses import replace

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.plan.plan import Frame, Plan
from mock_openai.plan.write_schedule import schedule_writes
from mock_openai.planning.plan_cache import LARGEST_PLAN, MOST_BYTES, PlanCache
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from tests.unit.mock_openai.bodies import chat


def planned(*sizes: int) -> PlannedAnswer:
    """With a frame of each of these sizes."""
    settings = Settings()
    planner = Planner(ScenarioFiles(settings.folders), settings)
    made = planner.plan(ENDPOINTS["/v1/chat/completions"], {}, json.dumps(chat("hi")).encode())
    plan = Plan(frames=tuple(Frame(0, b"x" * size, "body") for size in sizes))
    return replace(made, plan=plan, schedule=schedule_writes(plan))


def test_large_plans_displace_the_oldest() -> None:
    cache = PlanCache()
    large = planned(1_500_000)
    for number in range(60):
        cache.put((number,), large, 0)
        assert cache.bytes <= MOST_BYTES
    fit = MOST_BYTES // 3_000_200
    assert len(cache) == fit
    assert cache.get((59 - fit,)) is None
    assert cache.get((60 - fit,)) is large
    assert cache.bytes == fit * 3_000_200


def test_a_plan_that_is_too_large_is_not_cached() -> None:
    cache = PlanCache()
    cache.put(("small",), planned(100, 100), 50)
    assert cache.bytes == 850
    cache.put(("large",), planned(LARGEST_PLAN // 2), 0)
    cache.put(("long body",), planned(100), LARGEST_PLAN)
    assert cache.get(("large",)) is cache.get(("long body",)) is None
    assert (len(cache), cache.bytes) == (1, 850)


def test_the_same_plan_again_counts_once() -> None:
    cache = PlanCache()
    for _ in range(2):
        cache.put(("one",), planned(100), 0)
    assert (len(cache), cache.bytes) == (1, 400)
