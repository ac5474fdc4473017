"""The commands on scenario files: `validate`, `library`, and `migrate` from the files of others."""

import os
import sys
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mock_openai.catalog.scenario_files import ScenarioFiles, scenario_files
from mock_openai.cli.options import PATH, REDACT, option, read_text
from mock_openai.errors import ScenarioError, SetupError, nearest
from mock_openai.scenarios.loader import read_scenarios


@click.command()
@click.argument("files", nargs=-1, required=True, type=PATH)
@option(
    "--out", type=PATH, required=True, help="The folder that the scenario files are written to."
)
@REDACT
def migrate(files: tuple[Path, ...], out: Path, redact: tuple[str, ...]) -> None:
    """Make scenarios of aimock's JSON fixtures and VCR's cassettes.

    What a scenario can't say is left out, with the reason; the exit code is 1 then.
    """
    from mock_openai.migration.migrate import migrate as migrate_files
    from mock_openai.recording.redaction import Redaction

    done = lost = 0
    try:
        for one in migrate_files([*files], out, Redaction(redact)):
            done, lost = done + (one.name is not None), lost + (one.name is None)
            if one.name is None:
                console = Console(stderr=True)
                text = f"{one.place} is left out: {one.reason}"
                console.print(text, style="red", markup=False, soft_wrap=True)
    except OSError as error:
        raise SetupError(f"--out {out}: {error.strerror}") from error
    click.echo(f"{done} scenarios in {out}, {lost} left out")
    if lost:
        click.get_current_context().exit(1)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=PATH)
def validate(paths: tuple[Path, ...]) -> None:
    """Check scenario files: every mistake with file, line, path and nearest valid key."""
    console = Console(stderr=True)
    scenario_paths: list[Path] = []
    for path in paths:
        scenario_paths.extend(scenario_files(path) if path.is_dir() else [path])
    wrong = 0
    for file in scenario_paths:
        try:
            read_scenarios(read_text(file), str(file), file.stem)
        except (ScenarioError, SetupError) as error:
            wrong += 1
            console.print(str(error), style="red", markup=False, soft_wrap=True)
    click.echo(f"{len(scenario_paths)} files, {wrong} broken")
    if wrong or not scenario_paths:
        click.get_current_context().exit(1)


@click.command()
@click.argument("show", required=False, metavar="[SCENARIO]")
@option("--json", "as_json", is_flag=True, help="Names and descriptions as JSON.")
def library(show: str | None, as_json: bool) -> None:
    """List the shipped scenarios, or print one as a start for your own."""
    scenarios = ScenarioFiles()
    if show is not None:
        file = scenarios.file_of(show)
        if file is None:
            raise SetupError(
                f"there is no shipped scenario '{show}'{nearest(show, scenarios.names)}"
            )
        click.echo(read_text(file), nl=False)
    elif as_json:
        rows = [{"name": s.name, "description": s.description} for s in scenarios.scenarios]
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    else:
        table = Table(
            "scenario", "what it does", title=escape("choose one: [[mock: scenario=NAME]]")
        )
        for scenario in scenarios.scenarios:
            table.add_row(scenario.name, escape(scenario.description))
        Console(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "100"))).print(
            table, markup=False
        )
