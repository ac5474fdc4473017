"""Servers that the mock speaks like: what each takes beside OpenAI's, and what it sends."""

import json
from typing import Any, Literal

import pytest

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS, azure_chat
from mock_openai.errors import ApiError, ScenarioError
from mock_openai.planning.lenient_read import MOST_UNKNOWN
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.profiles import PROFILES, Profile
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.settings import Settings

CHAT = ENDPOINTS["/v1/chat/completions"]
OTHERS = [one for one in PROFILES.values() if one.name != "openai"]
each = pytest.mark.parametrize("profile", OTHERS, ids=lambda one: one.name)


_IGNORING: tuple[Literal["warn", "accept"], ...] = ("warn", "accept")


def body(content: str = "Hi", **given: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": content}]
    return {"model": "gpt-4o", "messages": messages, "stream": True, **given}


FILES = ScenarioFiles()


def planned(
    asked: dict[str, Any], settings: Settings | None = None, **headers: str
) -> PlannedAnswer:
    planner = Planner(FILES, settings or Settings())
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return planner.plan(CHAT, named, json.dumps(asked).encode())


def events(answer: PlannedAnswer) -> list[dict[str, Any]]:
    datas = [frame.data for frame in answer.plan.frames]
    return [json.loads(data[6:]) for data in datas if data.startswith(b"data: {")]


def deltas(answer: PlannedAnswer) -> list[dict[str, Any]]:
    return [
        choice["delta"]
        for event in events(answer)
        for choice in event["choices"]
        if "delta" in choice
    ]


def spoken(answer: PlannedAnswer) -> tuple[str, str]:
    """The text and the thoughts, whatever they are called."""
    text, thoughts = "", ""
    for delta in deltas(answer):
        thoughts += delta.get("reasoning") or delta.get("reasoning_content") or ""
        content: Any = delta.get("content") or ""
        for part in content if isinstance(content, list) else [{"type": "text", "text": content}]:
            if part["type"] == "text":
                text += part["text"]
            else:
                thoughts += "".join(one["text"] for one in part["thinking"])
    return text, thoughts


@each
@pytest.mark.parametrize("scenario", ["default", "reasoning", "parallel-tools", "unicode"])
def test_each_server_says_the_same_as_openai_at_the_same_times(
    profile: Profile, scenario: str
) -> None:
    asked = body(f"Hi [[mock: scenario={scenario}]]")
    usual, answer = planned(asked), planned(asked, x_mock_profile=profile.name)
    assert spoken(answer) == spoken(usual)
    assert answer.plan.text == usual.plan.text
    dues = [(one.kind, one.due_ns) for one in usual.plan.frames if one.chunk is not None]
    assert dues == [(one.kind, one.due_ns) for one in answer.plan.frames if one.chunk is not None]


@each
def test_what_a_server_takes_is_taken_from_it_alone(profile: Profile) -> None:
    names = [name for name in profile.parameters if "." not in name]
    # `echo` and the like are OpenAI's own at another endpoint; here they are not.
    for name in names:
        asked = {**body(), name: 1}
        answer = planned(asked, x_mock_profile=profile.name)
        assert (answer.profile, answer.ignored) == (profile.name, ())
        with pytest.raises(ApiError) as refused:
            planned(asked)
        assert (refused.value.code, refused.value.param) == ("unknown_parameter", name)


def test_a_parameter_of_an_option_is_taken_by_its_path() -> None:
    options = {"include_usage": True, "continuous_usage_stats": True}
    answer = planned(body(stream_options=options), x_mock_profile="vllm")
    counted = [event["usage"]["completion_tokens"] for event in events(answer)]
    assert counted == sorted(counted)
    last = events(answer)[-1]["usage"]
    assert counted[0] == 0
    assert counted[-1] == last["completion_tokens"] == len(answer.plan.chunks)
    without = planned(body(stream_options={"include_usage": True}), x_mock_profile="vllm")
    assert [event["usage"] for event in events(without)][:-1] == [None] * (len(events(without)) - 1)


@pytest.mark.parametrize("name", ["vllm", "sglang"])
def test_ignore_eos_makes_the_answer_as_long_as_it_may_be(name: str) -> None:
    usage = {"include_usage": True}
    asked = body(ignore_eos=True, max_tokens=300, stream_options=usage)
    answer = planned(asked, x_mock_profile=name)
    assert len(answer.plan.chunks) == 300
    assert events(answer)[-2]["choices"][0]["finish_reason"] == "length"
    assert events(answer)[-1]["usage"]["completion_tokens"] == 300
    off = planned(body(ignore_eos=False, max_tokens=300), x_mock_profile=name)
    assert len(off.plan.chunks) < 300


def test_unknown_parameters_are_refused_or_ignored_as_the_mock_was_started() -> None:
    tool = {"type": "function", "function": {"name": "f", "parameters": {}, "frozen": 1}}
    asked = {**body(top_k=5, tools=[tool]), "a.b": 1}
    for how in _IGNORING:
        answer = planned(asked, Settings(unknown_parameters=how))
        assert set(answer.ignored) == {"top_k", "tools[0].function.frozen", "a.b"}
        assert answer.plan.text
    with pytest.raises(ApiError, match="Unknown parameter: 'top_k'"):
        planned(asked)
    # What the profile knows is not what the request is refused for.
    with pytest.raises(ApiError, match="Unknown parameter: 'tools"):
        planned(asked, Settings(profile="vllm"))


def test_a_request_that_is_wrong_besides_is_refused_for_that() -> None:
    wrong: dict[str, Any] = {"top_k": 5, "temperature": "hot"}
    with pytest.raises(ApiError, match="Unknown parameter: 'top_k'"):
        planned(body(**wrong))
    for settings in (Settings(profile="vllm"), Settings(unknown_parameters="accept")):
        with pytest.raises(ApiError, match="Invalid type for 'temperature'"):
            planned(body(**wrong), settings)


def test_unknown_parameters_are_bounded() -> None:
    many: dict[str, Any] = {f"unknown_{number}": 1 for number in range(MOST_UNKNOWN + 1)}
    with pytest.raises(ApiError, match="Unknown parameter"):
        planned(body(**many), Settings(unknown_parameters="accept"))


def test_what_is_ignored_changes_nothing_of_the_answer() -> None:
    usual, answer = planned(body()), planned(body(top_k=5), x_mock_profile="sglang")
    assert tuple(answer.plan.frames) == tuple(usual.plan.frames)


def test_azures_profile_is_what_azures_addresses_send() -> None:
    for streamed in (True, False):
        asked = {**body("Hi [[mock: scenario=reasoning]]"), "stream": streamed}
        by_address = Planner(ScenarioFiles(), Settings()).plan(
            azure_chat.ENDPOINT, {}, json.dumps(asked).encode()
        )
        by_profile = planned(asked, x_mock_profile="azure")
        assert tuple(by_profile.plan.frames) == tuple(by_address.plan.frames)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("openai", {"message", "type", "param", "code"}),
        ("vllm", {"message", "type", "param", "code"}),
        ("openrouter", {"message", "code"}),
    ],
)
def test_refusals_are_in_the_servers_words(name: str, error: set[str]) -> None:
    answer = planned(body("Hi [[mock: fault=refuse:429]]"), x_mock_profile=name)
    told = json.loads(answer.plan.frames[0].data)["error"]
    assert set(told) == error
    assert told["code"] == ("rate_limit_exceeded" if name == "openai" else 429)


def test_a_server_without_an_error_object_of_openais_has_its_own() -> None:
    answer = planned(body("Hi [[mock: fault=refuse:429]]"), x_mock_profile="mistral")
    assert json.loads(answer.plan.frames[0].data)["object"] == "error"


def test_a_profile_is_chosen_by_directive_header_scenario_and_start_in_that_order() -> None:
    one = "name: own\nprofile: groq\nsteps: [{say: hi}]\n"
    files = ScenarioFiles()
    files.put_first(read_scenarios(one, "own.yaml", "own"))

    def profile(message: str, usual: str = "vllm", **headers: str) -> str:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        planner = Planner(files, Settings(profile=usual))
        return planner.plan(CHAT, named, json.dumps(body(message)).encode()).profile

    assert profile("a [[mock: scenario=default]]") == "vllm"
    assert profile("a [[mock: scenario=own]]") == "groq"
    assert profile("a [[mock: scenario=own]]", x_mock_profile="ollama") == "ollama"
    assert profile("a [[mock: profile=azure]]", x_mock_profile="ollama") == "azure"
    with pytest.raises(ApiError, match="no profile 'vlm'; did you mean 'vllm'"):
        profile("a [[mock: profile=vlm]]")
    with pytest.raises(ScenarioError, match="no profile 'olama'; did you mean 'ollama'"):
        read_scenarios(one.replace("groq", "olama"), "own.yaml", "own")


def test_a_tool_call_of_gemini_has_no_index_and_ends_with_stop() -> None:
    asked = body("Hi [[mock: scenario=parallel-tools]]", tools=_WEATHER)
    answer = planned(asked, x_mock_profile="gemini")
    calls = [call for delta in deltas(answer) for call in delta.get("tool_calls") or ()]
    assert calls
    assert not any("index" in call for call in calls)
    reasons = [one["finish_reason"] for event in events(answer) for one in event["choices"]]
    assert [reason for reason in reasons if reason] == ["stop"]


def test_openrouter_comments_names_its_provider_and_finishes_twice() -> None:
    answer = planned(body(), x_mock_profile="openrouter")
    assert answer.plan.frames[0].data == b": OPENROUTER PROCESSING\n\n"
    told = events(answer)
    assert all(event["provider"] for event in told)
    ends = [event for event in told if event["choices"][0]["finish_reason"]]
    assert [one["choices"][0]["native_finish_reason"] for one in ends] == ["stop", "stop"]
    assert ends[1]["usage"]["completion_tokens"] == len(answer.plan.chunks)


_WEATHER = [
    {
        "type": "function",
        "function": {
            "name": "get_weather",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
]
