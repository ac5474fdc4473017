import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from mock_openai.catalog.scenario_files import LIBRARY, ScenarioFiles
from mock_openai.cli import app
from mock_openai.errors import SetupError
from tests.unit.mock_openai.bodies import chat

RUN = CliRunner()


def test_help_names_the_commands() -> None:
    shown = RUN.invoke(app, ["--help"]).output
    assert all(name in shown for name in ("serve", "plan", "validate", "library"))


def test_plan_shows_times_and_the_violation(tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps(chat("hi [[mock: scenario=hello fault=lose@2]]", stream=True)))
    shown = RUN.invoke(app, ["plan", str(request)])
    assert shown.exit_code == 0
    assert "100.000" in shown.output
    assert "text_lost" in shown.output


def test_plan_takes_a_scenario_file(tmp_path: Path) -> None:
    (tmp_path / "s.yaml").write_text("when: {model: never}\nsteps: [{say: Mine.}]")
    (tmp_path / "r.json").write_text(json.dumps(chat("hi")))
    files = [str(tmp_path / "s.yaml"), str(tmp_path / "r.json")]
    content = json.loads(RUN.invoke(app, ["plan", *files, "--json"]).output)
    assert (content["scenario"], content["text"]) == ("s", "Mine.")


def test_validate_names_what_is_wrong(tmp_path: Path) -> None:
    assert RUN.invoke(app, ["validate", str(LIBRARY)]).exit_code == 0
    (tmp_path / "x.yaml").write_text("steps:\n  - sya: hi\n")
    shown = RUN.invoke(app, ["validate", str(tmp_path)])
    assert shown.exit_code == 1
    assert "x.yaml:2: steps[0].sya: unknown key 'sya'; did you mean 'say'?" in shown.output


def test_library_lists_and_shows() -> None:
    listed = json.loads(RUN.invoke(app, ["library", "--json"]).output)
    assert {row["name"] for row in listed} == {
        scenario.name for scenario in ScenarioFiles().scenarios
    }
    assert RUN.invoke(app, ["library", "hello"]).output == (LIBRARY / "hello.yaml").read_text()
    assert "[[mock: scenario=NAME]]" in RUN.invoke(app, ["library"]).output


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no such folder"):
        RUN.invoke(app, ["serve", "--scenarios", str(tmp_path / "no")], catch_exceptions=False)
