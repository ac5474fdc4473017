"""A pace with a load: times grow past a knee of streams at once, and only then."""

import json
from pathlib import Path

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ScenarioError
from mock_openai.plan.pacing import MS, Load, Pace, offsets_ns
from mock_openai.planning.planner import Planner
from mock_openai.planning.seeding import chances
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.settings import Settings
from tests.unit.mock_openai.bodies import chat

LOADED = """
pace: {first_token_ms: 100, between_tokens_ms: 10, load: {knee: 4, first: 2, between: 0.5}}
steps: [{say: "one two three"}]
"""


@pytest.mark.parametrize(
    ("streams", "first_ms", "between_ms"),
    [(1, 100, 10), (4, 100, 10), (6, 200, 12.5), (8, 300, 15)],
)
def test_times_grow_past_the_knee(streams: int, first_ms: float, between_ms: float) -> None:
    pace = Pace(100 * MS, 10 * MS, load=Load(4, 2.0, 0.5), streams=streams)
    dues = offsets_ns(pace, 3, 0, chances(0, "", b"")("pace"))
    assert dues == tuple(round((first_ms + between_ms * n) * MS) for n in range(3))


def test_without_a_load_the_streams_change_nothing() -> None:
    chance = chances(0, "", b"")
    assert offsets_ns(Pace(streams=99), 5, 0, chance("x")) == offsets_ns(Pace(), 5, 0, chance("x"))


def test_the_plan_of_a_loaded_pace_depends_on_the_streams_and_on_nothing_else(
    tmp_path: Path,
) -> None:
    (tmp_path / "loaded.yaml").write_text(LOADED)
    settings = Settings(folders=(tmp_path,))
    planner = Planner(ScenarioFiles(settings.folders), settings)
    body = json.dumps(chat("hi", stream=True)).encode()
    plans = [
        planner.plan(ENDPOINTS["/v1/chat/completions"], {}, body, streams=streams).plan
        for streams in (8, 1, 8)
    ]
    assert plans[0] == plans[2]
    assert [frame.data for frame in plans[0].frames] == [frame.data for frame in plans[1].frames]
    assert plans[0].frames[0].due_ns == 3 * plans[1].frames[0].due_ns


@pytest.mark.parametrize(
    ("load", "message"),
    [
        ("{first: 2}", "load takes {knee"),
        ("{knee: 0}", "a whole number from 1"),
        ("{knee: 5, fist: 1}", "unknown key 'fist'; did you mean 'first'"),
        ("{knee: 5, first: -1}", "a number from 0"),
    ],
)
def test_a_load_that_can_not_be_read_is_refused(load: str, message: str) -> None:
    with pytest.raises(ScenarioError, match=message):
        read_scenarios(f"pace: {{load: {load}}}\nsteps: [echo: last_user]", "l.yaml", "l")
