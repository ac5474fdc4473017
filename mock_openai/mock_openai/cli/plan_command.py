"""The command `plan`: what would be sent, and when."""

import sys
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.cli.options import PROFILE, SCENARIOS, SEED, option, read_text
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import SetupError, nearest
from mock_openai.planning.plan_json import plan_to_json
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.settings import Settings


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="[SCENARIO.yaml] REQUEST.json")
@SCENARIOS
@SEED
@option("--endpoint", default="chat.completions", help="Which endpoint the request is for.")
@option(
    "--streams",
    type=click.IntRange(min=1),
    default=1,
    help="Streams open at once, with this one: for a pace's load.",
)
@PROFILE
@option("--json", "as_json", is_flag=True, help="The whole plan as JSON.")
@option("--wire", is_flag=True, help="Only the body, byte by byte.")
def plan(
    files: tuple[str, ...],
    folders: tuple[Path, ...],
    seed: int,
    endpoint: str,
    streams: int,
    profile: str,
    as_json: bool,
    wire: bool,
) -> None:
    """Print every frame of an answer with its due time, without running anything.

    '-' reads the request from standard input.
    """
    settings = Settings(seed=seed, folders=folders, profile=profile)
    planned = _planned(files, settings, endpoint, streams)
    if wire:
        for frame in planned.plan.frames:
            sys.stdout.buffer.write(frame.data)
        sys.stdout.buffer.flush()
    elif as_json:
        sys.stdout.buffer.write(
            orjson.dumps(plan_to_json(planned), option=orjson.OPT_INDENT_2) + b"\n"
        )
        sys.stdout.buffer.flush()
    else:
        _print_plan(planned)


def _planned(
    files: tuple[str, ...], settings: Settings, endpoint: str, streams: int
) -> PlannedAnswer:
    if len(files) not in (1, 2):
        raise SetupError("plan takes [SCENARIO.yaml] REQUEST.json")
    known = {one.name: one for one in ENDPOINTS.values()}
    if endpoint not in known:
        raise SetupError(f"unknown endpoint '{endpoint}'{nearest(endpoint, known)}")
    scenarios = ScenarioFiles(settings.folders)
    headers: dict[str, str] = {}
    if len(files) == 2:
        path = Path(files[0])
        own = read_scenarios(read_text(path), str(path), path.stem)
        scenarios.put_first(own)
        headers["x-mock-scenario"] = own[0].name
    body = sys.stdin.buffer.read() if files[-1] == "-" else read_text(Path(files[-1])).encode()
    return Planner(scenarios, settings).plan(known[endpoint], headers, body, streams=streams)


def _print_plan(planned: PlannedAnswer) -> None:
    console = Console()
    table = Table(
        title=f"{planned.scenario} ({planned.why}), seed {planned.seed}", title_justify="left"
    )
    for name in ("seq", "due ms"):
        table.add_column(name, justify="right")
    table.add_column("kind")
    table.add_column("bytes", justify="right")
    table.add_column("chunk", overflow="fold")
    for seq, frame in enumerate(planned.plan.frames):
        text = escape(_chunk_text(planned, frame.chunk))
        due = f"{frame.due_ns / 1e6:.3f}"
        table.add_row(str(seq), due, frame.kind, str(len(frame.data)), text)
    console.print(table, markup=False)
    console.print(
        f"ends {planned.plan.ending} at {planned.plan.last_ns / 1e6:.3f} ms", markup=False
    )
    for fault in planned.plan.faults:
        placed = "" if fault.placed else " (the answer has no such place)"
        note = f"fault {fault.fault} at {fault.at}: a checker must see {fault.violation}{placed}"
        console.print(note, markup=False)


def _chunk_text(planned: PlannedAnswer, chunk: int | None) -> str:
    if chunk is None or planned.request.choices > 1 or chunk >= len(planned.plan.chunks):
        return ""
    return repr(planned.plan.chunks[chunk])
