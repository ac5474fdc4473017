import json
from pathlib import Path
from typing import Any

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from mock_openai.planning.plan_cache import MOST_PLANS
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from mock_openai.text.tokenizer import count, tokens
from tests.unit.mock_openai.bodies import chat

CHAT = ENDPOINTS["/v1/chat/completions"]


def planned(
    body: dict[str, Any], settings: Settings | None = None, **headers: str
) -> PlannedAnswer:
    settings = settings or Settings()
    planner = Planner(ScenarioFiles(settings.folders), settings)
    return planner.plan(CHAT, headers, json.dumps(body).encode())


def test_streamed_and_unstreamed_say_the_same() -> None:
    streamed, whole = planned(chat("hi", stream=True, user="me")), planned(chat("hi", store=True))
    assert streamed.plan.text == whole.plan.text == "".join(streamed.plan.chunks)
    assert json.loads(whole.plan.frames[0].data)["choices"][0]["message"]["content"] == (
        whole.plan.text
    )


def test_directives_do_not_change_what_is_said() -> None:
    plain = planned(chat("hi"))
    assert planned(chat("hi [[mock: speed=9 fault=lose@3]]")).plan.text == plain.plan.text
    assert planned(chat("hi [[mock: seed=9]]")).plan.text != plain.plan.text
    assert planned(chat("hi there")).plan.text != plain.plan.text


def test_without_a_scenario_the_built_in_generator_answers() -> None:
    made = planned(chat("hi", stream=True))
    assert made.scenario == "built-in"
    assert 40 <= count(made.plan.text) <= 120
    content = [frame.due_ns for frame in made.plan.frames if frame.kind == "content"]
    assert content == [200_000_000 + 20_000_000 * i for i in range(len(content))]


@pytest.mark.parametrize("style", ["prose", "code", "markdown", "unicode"])
@pytest.mark.parametrize("expected", [1, 2, 57, 400])
def test_generated_text_has_exactly_the_tokens_asked_for(
    tmp_path: Path, style: str, expected: int
) -> None:
    step = f"{{generate: {{tokens: {expected}, style: {style}}}}}"
    (tmp_path / "g.yaml").write_text(f"steps: [{step}]")
    made = planned(chat("hi", stream=True), Settings(folders=(tmp_path,)))
    assert count(made.plan.text) == expected == len(made.plan.chunks)
    for i in range(100):  # what was remembered goes, and is found again
        count(str(i))
    assert tokens(made.plan.text) == made.plan.chunks


def test_templates_see_the_request_but_are_sandboxed(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text("steps: [{say: 'You said {{ last_user }} to {{ model }}.'}]")
    settings = Settings(folders=(tmp_path,))
    assert planned(chat("hi [[mock: seed=3]]"), settings).plan.text == "You said hi to gpt-4o."
    (tmp_path / "t.yaml").write_text("steps: [{say: '{{ model.__class__.__mro__ }}'}]")
    with pytest.raises(ApiError, match="template"):
        planned(chat("hi"), settings)


def test_max_tokens_ends_with_length_and_stop_with_stop() -> None:
    body = chat("hi [[mock: scenario=hello]]", max_completion_tokens=3)
    answer = json.loads(planned(body).plan.frames[0].data)
    assert answer["choices"][0]["finish_reason"] == "length"
    assert answer["usage"]["completion_tokens"] == 3
    stopped = json.loads(
        planned(chat("[[mock: scenario=hello]]", stop=["scripted"])).plan.frames[0].data
    )
    assert stopped["choices"][0]["message"]["content"] == "Hello! I am a "
    assert stopped["choices"][0]["finish_reason"] == "stop"


def test_turns_have_answers_of_their_own() -> None:
    messages = [{"role": "user", "content": "one [[mock: scenario=slow-start]]"},
                {"role": "assistant", "content": "x"},
                {"role": "user", "content": "two [[mock: scenario=turns]]"}]  # fmt: skip
    assert (
        planned({"model": "m", "messages": messages}).plan.text
        == "This is my second answer, to: two"
    )


def test_several_choices_are_interleaved_by_time() -> None:
    made = planned(chat("hi [[mock: scenario=jitter tokens=20]]", stream=True, n=3))
    dues = [frame.due_ns for frame in made.plan.frames]
    assert dues == sorted(dues)
    chunks = [frame.chunk for frame in made.plan.frames if frame.kind == "content"]
    assert chunks == list(range(60))
    assert len({choice["index"] for choice in _choices(made)}) == 3


def _choices(made: PlannedAnswer) -> list[dict[str, Any]]:
    lines = [frame.data for frame in made.plan.frames if frame.data.startswith(b"data: {")]
    return [choice for line in lines for choice in json.loads(line[6:])["choices"]]


def test_first_match_in_file_order_answers_and_says_why(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("when: {last_user: /RAIN/i, model: 'o*'}\nsteps: [{say: a}]")
    (tmp_path / "b.yaml").write_text("when: {last_user: rain}\nsteps: [{say: b}]")
    settings = Settings(folders=(tmp_path,), strict=True)
    assert (planned(chat("rain?"), settings).scenario) == "b"
    assert planned(chat("rain?"), settings).why == "first match: b; not: a (not model)"
    with pytest.raises(ApiError, match=r"nearest: b \(not last_user\)") as caught:
        planned(chat("sun?"), settings)
    assert caught.value.status == 404


AGENT = """\
name: searches
when: {last_user: sea, tool_rounds: 0}
steps: [{call_tool: {name: search}}, {call_tool: {name: look}}]
---
name: reads
when: {last_user: sea, tool_rounds: 1}
steps: [{call_tool: {name: read, arguments: {page: "{{ tool_result }}"}}}]
---
name: answers
when: {last_user: sea, tool_rounds: 2}
steps: [{say: "{{ tool_result }}"}]
"""


def test_an_agent_is_led_from_call_to_call(tmp_path: Path) -> None:
    (tmp_path / "agent.yaml").write_text(AGENT)
    settings = Settings(folders=(tmp_path,), strict=True)
    body = chat("The sea?", stream=False)
    led: list[str] = []
    for result in ("page 3", "It is blue.", ""):
        made = planned(body, settings)
        [frame] = made.plan.frames
        led.append(made.scenario)
        said = json.loads(frame.data)["choices"][0]["message"]
        body["messages"].append(said)
        for call in said.get("tool_calls", ()):
            content = {"role": "tool", "tool_call_id": call["id"], "content": result}
            body["messages"].append(content)
    assert led == ["searches", "reads", "answers"]
    assert said["content"] == "It is blue."


def test_a_step_that_can_not_be_performed_is_told_with_its_place(tmp_path: Path) -> None:
    text = "steps: [{say: Well.}, {say: '{{ request.n + 1 }}'}]"
    (tmp_path / "sums.yaml").write_text(text)
    with pytest.raises(ApiError, match="Scenario 'sums', step 1: its template does not fit"):
        planned(chat("[[mock: scenario=sums]]"), Settings(folders=(tmp_path,)))


def test_an_unknown_scenario_names_the_nearest() -> None:
    with pytest.raises(ApiError, match="did you mean 'hello'"):
        planned(chat("[[mock: scenario=helo]]"))


def test_kept_plans_are_bounded() -> None:
    planner = Planner(ScenarioFiles(), Settings())
    for i in range(MOST_PLANS + 20):
        planner.plan(CHAT, {}, json.dumps(chat(f"q{i} [[mock: scenario=hello]]")).encode())
    assert len(planner._cached) == MOST_PLANS


def test_usage_comes_in_a_frame_of_its_own() -> None:
    body = chat("hi [[mock: scenario=hello]]", stream=True, stream_options={"include_usage": True})
    frames = planned(body).plan.frames
    assert [frame.kind for frame in frames[-3:]] == ["finish", "usage", "done"]
    usage = json.loads(frames[-2].data[6:])
    assert usage["choices"] == []
    assert usage["usage"]["total_tokens"] > 0
    assert json.loads(frames[0].data[6:])["usage"] is None
