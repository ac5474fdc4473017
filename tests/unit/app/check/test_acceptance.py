"""What is accepted is right, what would be right if it were is said, and mistakes are named."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.app.contract.test_openai_habits import ACCEPTED, fresh
from tokentape.check.acceptance import accepted, habits_of, profiles_with
from tokentape.check.command import run
from tokentape.check.could_not_run import CouldNotRun
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_habits import HABITS
from tokentape.contract.openai_profiles import PROFILES
from tokentape.contract.openai_responses import RESPONSES

TWICE = ACCEPTED["finish-twice"][0]


def checked(tmp_path: Path, events: list[Any], **options: Any) -> tuple[int, dict[str, Any]]:
    """The exit code and the report in JSON of a check of what was recorded."""
    file, report = tmp_path / "answer.sse", tmp_path / "report.json"
    lines = [one if isinstance(one, str) else json.dumps(one) for one in events]
    file.write_text("".join(f"data: {line}\n\n" for line in lines))
    code = run(url="", from_file=str(file), json_file=report, **options)
    found: dict[str, Any] = json.loads(report.read_text())
    return code, found


def test_a_wrong_verdict_says_what_would_make_it_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    junit = tmp_path / "junit.xml"
    code, report = checked(tmp_path, TWICE, dialect="openai", junit_file=junit)
    assert (code, report["accepted"]) == (1, [])
    assert "right with --accept finish-twice" in junit.read_text()
    assert [one["would_accept"] for one in report["findings"]] == [["finish-twice"]]
    printed = " ".join(capsys.readouterr().out.split())
    assert "Accept: It is right with --accept finish-twice, or --profile sglang or" in printed


@pytest.mark.parametrize(
    "habit", sorted({one for each in PROFILES.values() for one in each.habits})
)
def test_a_wrong_verdict_names_each_profile_that_makes_it_right(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], habit: str
) -> None:
    having = [each.name for each in PROFILES.values() if habit in each.habits]
    events = [one for one in ACCEPTED[habit][0] if not isinstance(one, dict) or "event:" not in one]
    code, report = checked(tmp_path, events, dialect="openai")
    if habit == "stop-after-call":  # of a recording nobody knows whether the call was forced
        assert code == 0
        return
    assert (code, report["findings"][0]["would_accept"]) == (1, [habit])
    printed = " ".join(capsys.readouterr().out.split())
    named = printed.partition(f"--accept {habit}, or --profile ")[2].partition(".")[0]
    assert sorted(named.split(" or ")) == sorted(having)
    for profile in having:
        assert checked(tmp_path, events, profile=profile)[0] == 0


@pytest.mark.parametrize("options", [{"accept": ("finish-twice",)}, {"profile": "sglang"}])
def test_what_is_accepted_is_right_and_no_more(tmp_path: Path, options: dict[str, Any]) -> None:
    code, report = checked(tmp_path, TWICE, **options)
    assert (code, report["accepted"]) == (0, ["finish-twice"])
    code, report = checked(tmp_path, ACCEPTED["finish-twice"][1], **options)
    assert (code, [one["would_accept"] for one in report["findings"]]) == (1, [[]])


def test_two_habits_are_both_named_and_what_is_accepted_already_is_not(tmp_path: Path) -> None:
    events = [*fresh(TWICE)[1:-1]]
    _, report = checked(tmp_path, events, dialect="openai")
    assert report["findings"][0]["would_accept"] == ["finish-twice", "no-done", "no-role"]
    _, report = checked(tmp_path, events, accept=("no-role",))
    assert report["findings"][0]["would_accept"] == ["finish-twice", "no-done"]


@pytest.mark.parametrize(
    ("accept", "profile", "words"),
    [
        (("finish-twise",), None, "Did you mean 'finish-twice'?"),
        ((), "open-router", "Did you mean 'openrouter'?"),
    ],
)
def test_what_nobody_knows_is_refused(accept: Any, profile: str | None, words: str) -> None:
    with pytest.raises(CouldNotRun) as raised:
        habits_of(accept, profile)
    assert words in str(raised.value)


def test_habits_are_of_chat_completions() -> None:
    assert accepted(CHAT, (), None) is CHAT
    assert accepted(RESPONSES, (), None) is RESPONSES
    with pytest.raises(CouldNotRun, match="--dialect openai"):
        accepted(RESPONSES, ("no-role",), None)


def test_profiles_are_named_by_how_little_else_they_accept() -> None:
    assert profiles_with(["no-done"]) == ("perplexity", "perplexity-concise", "minimax")
    assert profiles_with([habit.name for habit in HABITS]) == ()
    assert habits_of((), "groq") == ()
    assert {"azure", "openrouter", "vllm", "sglang", "ollama", "groq", "mistral", "deepseek",
            "gemini", "litellm"} <= set(PROFILES)  # fmt: skip
