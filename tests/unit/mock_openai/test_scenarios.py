import os
from pathlib import Path

import pytest

from mock_openai.catalog.scenario_files import LIBRARY, ScenarioFiles
from mock_openai.errors import ScenarioError
from mock_openai.faults.reading import read_fault_text
from mock_openai.plan.pacing import MS
from mock_openai.scenarios import yaml_positions
from mock_openai.scenarios.json_steps import CallTool
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.steps import Generate, Say
from mock_openai.scenarios.templates import Text
from mock_openai.text.tokenizer import Chunking

WHOLE = """\
name: weather
description: >
  Two
  lines
when: {model: "gpt-4*", last_user: "/weather/i", has_tool_result: false, headers: {X-Team: red}}
pace: {first_token_ms: 250, tokens_per_second: 50, jitter: lognormal, cv: 0.3, chunk: {chars: 5}}
steps:
  - say: "Let me look. "
  - generate: {tokens: 7, style: markdown}
faults:
  - {at: chunk 7, stall_ms: 3000}
"""


def test_a_whole_scenario_is_read() -> None:
    [scenario] = read_scenarios(WHOLE, "f.yaml", "f")
    assert (scenario.name, scenario.description) == ("weather", "Two lines")
    assert isinstance(scenario.steps[0], Say)
    assert scenario.steps[1] == Generate(7, "markdown")
    assert scenario.faults == (read_fault_text("stall@7:3s"),)
    pace = scenario.pace
    assert (pace.first_ns, pace.between_ns) == (250 * MS, 20 * MS)
    assert (pace.jitter, pace.cut) == ("lognormal", Chunking(chars=5))


@pytest.mark.parametrize(
    ("text", "line", "path", "problem"),
    [
        ("name: a\nstep: []\n", 2, "step", "did you mean 'steps'"),
        ("name: a\nsteps:\n  - say: x\n  - sya: y\n", 4, "steps[1].sya", "did you mean 'say'"),
        ("steps: []\npace:\n  first: 3\n", 3, "pace.first", "did you mean 'first_token_ms'"),
        ("steps: []\npace: {jitter: lognorml}\n", 2, "pace.jitter", "did you mean 'lognormal'"),
        ("steps: []\nfaults:\n - {at: chunk 3, cutt: eof}\n", 3, "faults[0]", "mean 'cut'"),
        ("steps: []\nwhen: {last_user: '/(/'}\n", 2, "when.last_user", "regular expression"),
        ("name: ../etc\nsteps: []\n", 1, "name", "a name has"),
        ("name: true\nsteps: []\n", 1, "name", "put it in quotes"),
        ("name: 404\nsteps: []\n", 1, "name", "put it in quotes"),
        ("name: 2026-11-21\nsteps: []\n", 1, "name", "put it in quotes"),
        ("name: a\ndescription: []\nsteps: []\n", 2, "description", "a text is needed"),
        ("steps: []\nfinish_reason: 1\n", 2, "finish_reason", "put it in quotes"),
        ("steps: []\nby_name_only: 'no'\n", 2, "by_name_only", "true or false"),
        ("steps: []\nwhen: {headers: {x-on: true}}\n", 2, "when.headers.x-on", "in quotes"),
        ("steps: []\nwhen: {has_tool_result: yes}\n", 2, "when.has_tool_result", "true or false"),
        ("name: a\nname: b\nsteps: []\n", 2, "", "comes twice"),
        ("- 1\n", 1, "", "a mapping is needed"),
        ("steps: [\n", 2, "", "expected"),
        ("steps: []\nsequence: []\n", 1, "", "either 'steps' or 'sequence'"),
        ("steps:\n - say: '{{ x'\n", 2, "steps[0].say", "Jinja"),
        ("steps:\n - say: '{{ last_usr }}'\n", 2, "steps[0].say", "did you mean 'last_user'"),
        ("steps:\n - say: {{ turn }}\n", 2, "steps[0].say", "needs quotes"),
        ("steps:\n - say: a\n hold_at: 3\n", 3, "", "is it indented"),
        ("steps: []\nwhen: {first: yes}\n", 2, "when.first", "true or a whole number"),
        ("steps: []\nwhen: {tool_rounds: -1}\n", 2, "when.tool_rounds", "a whole number"),
        ("steps: !!python/object:os.system []\n", 1, "steps", "is unknown"),
        ("", 1, "", "no scenario"),
    ],
)
def test_a_broken_file_names_line_path_and_nearest_key(
    text: str, line: int, path: str, problem: str
) -> None:
    with pytest.raises(ScenarioError) as caught:
        read_scenarios(text, "f.yaml", "f")
    assert (caught.value.file, caught.value.line, caught.value.path) == ("f.yaml", line, path)
    assert problem in str(caught.value)


def test_words_are_no_truth_values() -> None:
    """Only `true` and `false` are, as in YAML 1.2: Norway's scenario is not named False."""
    text = "name: no\ndescription: on\nsteps: [{say: yes}, {call_tool: {name: off}}]\n"
    [scenario] = read_scenarios(text, "f.yaml", "f")
    assert (scenario.name, scenario.description) == ("no", "on")
    assert scenario.steps[0] == Say(Text("yes"))
    assert scenario.steps[1] == CallTool(Text("off"))


def test_aliases_can_not_grow_without_bound() -> None:
    text = "a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{b}: &{b} [{','.join([f'*{a}'] * 10)}]\n"
        for a, b in zip("abcdefg", "bcdefgh", strict=True)
    )
    with pytest.raises(ScenarioError, match="too many"):
        read_scenarios(text, "f.yaml", "f")


def test_the_last_good_version_stays_in_force(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("steps: [{say: one}]\n")
    files = ScenarioFiles([tmp_path])
    version = files.version

    _write(file, "steps: [{sya: two}]\n", 1)
    files.refresh()
    mine = files.named("mine")
    assert mine is not None
    assert isinstance(mine.steps[0], Say)
    assert mine.steps[0].text.source == "one"
    assert [error.path for error in files.errors] == ["steps[0].sya"]

    _write(file, "steps: [{say: two}]\n", 2)
    assert files.refresh()
    assert not files.errors
    assert files.version > version
    assert not files.refresh()


def test_a_folder_that_goes_away_leaves_its_scenarios_in_force_until_it_is_back(
    tmp_path: Path,
) -> None:
    folder, away = tmp_path / "mine", tmp_path / "away"
    folder.mkdir()
    (folder / "mine.yaml").write_text("steps: [{say: one}]\n")
    files = ScenarioFiles([folder])
    folder.rename(away)
    assert files.refresh()
    assert not files.refresh(), "nothing has changed since"
    assert files.named("mine") is not None
    assert [str(folder) in str(error) for error in files.errors] == [True]
    away.rename(folder)
    assert files.refresh()
    assert files.errors == []


def test_what_is_too_much_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_positions, "MOST_NODES", 100)
    with pytest.raises(ScenarioError, match="too many values") as refused:
        read_scenarios("steps:\n" + "- say: x\n" * 100 + "]", "mine.yaml", "mine")
    assert 30 < refused.value.line < 50


def test_what_is_no_file_is_named_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    (tmp_path / "folder.yaml").mkdir()
    (tmp_path / "loop.yaml").symlink_to("loop.yaml")
    (tmp_path / "dangling.yaml").symlink_to("nowhere")
    (tmp_path / "mine.yaml").write_text("steps: [{say: one}]\n")
    files = ScenarioFiles([tmp_path])
    assert files.scenarios[0].name == "mine"
    named = [Path(error.file).name for error in files.errors]
    assert named == ["folder.yaml", "loop.yaml", "pipe.yaml"]
    assert not files.refresh(), "nothing has changed since"


def _write(file: Path, text: str, later_s: int) -> None:
    file.write_text(text)
    os.utime(file, (later_s, later_s))


def test_own_scenarios_come_before_the_library(tmp_path: Path) -> None:
    (tmp_path / "hello.yaml").write_text("steps: [{say: mine}]\n")
    files = ScenarioFiles([tmp_path])
    assert files.scenarios[0].name == "hello"
    chosen = files.named("hello")
    assert chosen is not None
    assert chosen.source == f"{tmp_path}/hello.yaml"


def test_folders_inside_are_read_and_json_too(tmp_path: Path) -> None:
    inside = tmp_path / "agents" / "deep"
    inside.mkdir(parents=True)
    (tmp_path / "top.yml").write_text("steps: [{say: one}]\n")
    (inside / "own.json").write_text('{"name": "own", "steps": [{"say": "two"}]}')
    (inside / "broken.yaml").write_text("steps: 5\n")
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.yaml").write_text("steps: []\n")
    (tmp_path / "round").symlink_to(tmp_path)
    files = ScenarioFiles([tmp_path], library=False)
    assert [one.name for one in files.scenarios] == ["top", "own"]
    assert [str(error).partition(":")[0] for error in files.errors] == [
        f"{tmp_path}/agents/deep/broken.yaml"
    ]
    assert files.own_file_of("own") == inside / "own.json"
    (inside / "own.json").unlink()
    assert files.refresh()
    assert files.named("own") is None


def test_every_shipped_scenario_is_named_like_its_file_and_described() -> None:
    files = ScenarioFiles()
    assert not files.errors
    assert {scenario.name for scenario in files.scenarios} == {p.stem for p in LIBRARY.iterdir()}
    assert all(scenario.description for scenario in files.scenarios)
