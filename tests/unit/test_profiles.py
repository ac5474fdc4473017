"""The mock's profiles and the check's are of the same servers: what the one sends, the other takes."""

import json
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.planning.planner import Planner
from mock_openai.profiles import PROFILES as SPOKEN
from mock_openai.settings import Settings
from tests.unit.app.contract.judging import judged, kinds
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_habits import PROFILES as ACCEPTED
from tokentape.contract.openai_habits import accepting

NAMES = [name for name in SPOKEN if name != "openai"]
TOOLS = [
    {"type": "function", "function": {"name": "get_weather", "parameters": {"type": "object"}}}
]


def sent(profile: str, content: str, **given: Any) -> tuple[list[Any], str]:
    messages = [{"role": "user", "content": content}]
    body = {"model": "gpt-4o", "messages": messages, "stream": True, **given}
    planner = Planner(ScenarioFiles(), Settings(profile=profile))
    plan = planner.plan(ENDPOINTS["/v1/chat/completions"], {}, json.dumps(body).encode()).plan
    datas = [frame.data for frame in plan.frames if frame.data.startswith(b"data: ")]
    events = [b"[DONE]" if data[6:12] == b"[DONE]" else data[6:] for data in datas]
    return [one.decode() if one == b"[DONE]" else json.loads(one) for one in events], plan.text


@pytest.mark.parametrize("profile", NAMES)
@pytest.mark.parametrize("usage", [False, True], ids=["", "usage"])
@pytest.mark.parametrize("scenario", ["default", "reasoning", "parallel-tools", "refusal"])
def test_what_the_mock_sends_like_a_server_its_profile_takes(
    profile: str, usage: bool, scenario: str
) -> None:
    options = {"stream_options": {"include_usage": True}} if usage else {}
    content = f"Hi [[mock: scenario={scenario}]]"
    events, text = sent(profile, content, tools=TOOLS, **options)
    verdict = judged(accepting(ACCEPTED[profile].habits), events, text=text)
    if profile == "gemini-compat" and scenario == "parallel-tools":
        # Two calls without an index can't be told apart: no profile makes that right.
        assert kinds(verdict)
    else:
        assert (kinds(verdict), verdict.outcome) == ([], "completed")


@pytest.mark.parametrize("profile", NAMES)
def test_a_lost_chunk_is_wrong_whoever_is_spoken_like(profile: str) -> None:
    whole, text = sent(profile, "Hi")
    lost, _ = sent(profile, "Hi [[mock: fault=lose@5]]")
    assert len(lost) == len(whole) - 1
    assert "text_lost" in kinds(judged(accepting(ACCEPTED[profile].habits), lost, text=text))


@pytest.mark.parametrize("profile", ["openrouter", "mistral", "gemini-compat"])
def test_what_breaks_strict_clients_is_wrong_unless_it_is_accepted(profile: str) -> None:
    scenario = "parallel-tools" if profile == "gemini-compat" else "reasoning"
    events, text = sent(profile, f"Hi [[mock: scenario={scenario}]]", tools=TOOLS)
    assert kinds(judged(CHAT, events, text=text))
