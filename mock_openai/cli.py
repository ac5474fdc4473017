"""The `mock-openai` command. Only here is anything printed."""

from __future__ import annotations

import os
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import MockError, ScenarioError, SetupError, nearest
from mock_openai.prompter import Cue, Prompter
from mock_openai.scenarios.reading import read_scenarios
from mock_openai.scenarios.shelf import Shelf, scenario_files
from mock_openai.settings import Settings
from mock_openai.telling import tell_plan

app = typer.Typer(
    name="mock-openai",
    invoke_without_command=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
Folders = Annotated[
    list[Path] | None,
    typer.Option("--scenarios", help="A folder of scenario files; they come before the shipped."),
]
Seed = Annotated[int, typer.Option(help="Fixes text, ids, times and faults of every answer.")]


class Clock(StrEnum):
    """How time passes: as everywhere, or in jumps."""

    real = "real"
    virtual = "virtual"


def main() -> None:
    """The command; a mistake is one red line, and the exit code 1 or 2."""
    try:
        app()
    except MockError as error:
        Console(stderr=True).print(f"mock-openai: {error}", style="red", markup=False)
        sys.exit(2 if isinstance(error, SetupError) else 1)


@app.callback()
def without_a_command(context: typer.Context) -> None:
    """An OpenAI API that says exactly what was scripted, exactly when, and keeps evidence.

    Without a command it serves on http://127.0.0.1:9100/v1.
    """
    if context.invoked_subcommand is None:
        serve()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 9100,
    scenarios: Folders = None,
    seed: Seed = 0,
    strict: Annotated[
        bool, typer.Option("--strict", help="404 for a request that no scenario fits.")
    ] = False,
    strict_models: Annotated[
        bool, typer.Option("--strict-models", help="404 for a model that OpenAI does not have.")
    ] = False,
    require_key: Annotated[
        bool, typer.Option("--require-key", help="401 for a request without a bearer key.")
    ] = False,
    clock: Annotated[
        Clock, typer.Option(help="virtual: time jumps to whatever is due next.")
    ] = Clock.real,
    workers: Annotated[
        int, typer.Option(min=1, max=256, help="Processes; asked for evidence, they answer as one.")
    ] = 1,
    unread: Annotated[
        float,
        typer.Option(
            min=0,
            help="Seconds until a client is cut off that takes nothing, or stops in mid-request.",
        ),
    ] = 600.0,
    largest_body: Annotated[
        int,
        typer.Option(min=1_000, help="Bytes of a request's body; one that is larger gets a 413."),
    ] = 32_000_000,
    connections: Annotated[
        int, typer.Option(min=1, help="Connections at once, of each worker; more get a 503.")
    ] = 20_000,
    origins: Annotated[
        list[str] | None,
        typer.Option(
            "--origin",
            help="A web page's origin that may call, as those of this machine may; * is any.",
        ),
    ] = None,
    admin_token: Annotated[
        str | None,
        typer.Option(
            envvar="MOCK_OPENAI_ADMIN_TOKEN",
            help="Bearer token of the admin routes, which else answer loopback clients only.",
        ),
    ] = None,
) -> None:
    """Serve until Ctrl-C. Prints one line with the base URL when ready."""
    from mock_openai.serving import serve as serve_until_stopped

    settings = Settings(
        host=host,
        port=port,
        seed=seed,
        folders=tuple(scenarios or ()),
        strict=strict,
        strict_models=strict_models,
        require_key=require_key,
        workers=workers,
        clock=clock.value,
        unread_s=unread,
        largest_body=largest_body,
        most_connections=connections,
        origins=tuple(origins or ()),
        admin_token=admin_token,
    )
    if clock is Clock.virtual and workers > 1:
        raise SetupError("--clock virtual has one time for all streams: it takes --workers 1")
    Shelf(settings.folders)  # a folder that is not there: say so before anything starts
    serve_until_stopped(settings, _say_ready)


def _say_ready(base_url: str) -> None:
    sys.stdout.write(f"mock-openai ready at {base_url}\n")
    sys.stdout.flush()


@app.command()
def record(
    upstream: Annotated[str, typer.Option(help="Base URL of a real server, such as …/v1.")],
    out: Annotated[Path, typer.Option(help="The folder that the scenario files are written to.")],
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free port.")] = 9100,
) -> None:
    """Pass requests on to a real server, and write each answer as a scenario.

    Chunk boundaries and times are kept; keys and cookies are not. Replay: serve --scenarios DIR.
    """
    from mock_openai.recorder import record as record_until_stopped

    if not upstream.startswith(("http://", "https://")):
        raise SetupError(f"--upstream {upstream}: write it as https://api.openai.com/v1")
    try:
        record_until_stopped(upstream, out, host, port, _say_ready)
    except OSError as error:
        raise SetupError(f"--out {out}: {error.strerror}") from error


@app.command()
def plan(
    files: Annotated[
        list[str],
        typer.Argument(help="[SCENARIO.yaml] REQUEST.json; '-' reads the request from stdin."),
    ],
    scenarios: Folders = None,
    seed: Seed = 0,
    endpoint: Annotated[str, typer.Option(help="Which endpoint the request is for.")] = (
        "chat.completions"
    ),
    streams: Annotated[
        int, typer.Option(min=1, help="Streams open at once, with this one: for a pace's load.")
    ] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="The whole plan as JSON.")] = False,
    wire: Annotated[bool, typer.Option("--wire", help="Only the body, byte by byte.")] = False,
) -> None:
    """Print every frame of an answer with its due time, without running anything."""
    settings = Settings(seed=seed, folders=tuple(scenarios or ()))
    cue = _cue(files, settings, endpoint, streams)
    if wire:
        for frame in cue.plan.frames:
            sys.stdout.buffer.write(frame.data)
        sys.stdout.buffer.flush()
    elif as_json:
        sys.stdout.buffer.write(orjson.dumps(tell_plan(cue), option=orjson.OPT_INDENT_2) + b"\n")
        sys.stdout.buffer.flush()
    else:
        _print_plan(cue)


def _cue(files: list[str], settings: Settings, endpoint: str, streams: int) -> Cue:
    if len(files) not in (1, 2):
        raise SetupError("plan takes [SCENARIO.yaml] REQUEST.json")
    known = {one.name: one for one in ENDPOINTS.values()}
    if endpoint not in known:
        raise SetupError(f"unknown endpoint '{endpoint}'{nearest(endpoint, known)}")
    shelf = Shelf(settings.folders)
    headers: dict[str, str] = {}
    if len(files) == 2:
        path = Path(files[0])
        own = read_scenarios(_text(path), str(path), path.stem)
        shelf.put_first(own)
        headers["x-mock-scenario"] = own[0].name
    body = sys.stdin.buffer.read() if files[-1] == "-" else _text(Path(files[-1])).encode()
    return Prompter(shelf, settings).cue(known[endpoint], headers, body, streams=streams)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"can't read {path}: {error}") from error


def _print_plan(cue: Cue) -> None:
    console = Console()
    table = Table(title=f"{cue.scenario} ({cue.why}), seed {cue.seed}", title_justify="left")
    for name in ("seq", "due ms"):
        table.add_column(name, justify="right")
    table.add_column("kind")
    table.add_column("bytes", justify="right")
    table.add_column("chunk", overflow="fold")
    for seq, frame in enumerate(cue.plan.frames):
        text = escape(_chunk_text(cue, frame.chunk))
        due = f"{frame.due_ns / 1e6:.3f}"
        table.add_row(str(seq), due, frame.kind, str(len(frame.data)), text)
    console.print(table, markup=False)
    console.print(f"ends {cue.plan.ending} at {cue.plan.last_ns / 1e6:.3f} ms", markup=False)
    for fault in cue.plan.faults:
        placed = "" if fault.placed else " (the answer has no such place)"
        note = f"fault {fault.fault} at {fault.at}: a checker must see {fault.violation}{placed}"
        console.print(note, markup=False)


def _chunk_text(cue: Cue, chunk: int | None) -> str:
    if chunk is None or cue.ask.choices > 1 or chunk >= len(cue.plan.chunks):
        return ""
    return repr(cue.plan.chunks[chunk])


@app.command()
def validate(
    paths: Annotated[list[Path], typer.Argument(help="Scenario files, or folders of them.")],
) -> None:
    """Check scenario files: every mistake with file, line, path and nearest valid key."""
    console = Console(stderr=True)
    found: list[Path] = []
    for path in paths:
        found.extend(scenario_files(path) if path.is_dir() else [path])
    wrong = 0
    for file in found:
        try:
            read_scenarios(_text(file), str(file), file.stem)
        except (ScenarioError, SetupError) as error:
            wrong += 1
            console.print(str(error), style="red", markup=False, soft_wrap=True)
    typer.echo(f"{len(found)} files, {wrong} broken")
    if wrong or not found:
        raise typer.Exit(1)


@app.command()
def certify(
    quick: Annotated[bool, typer.Option("--quick", help="Four loads, a second each.")] = False,
    most: Annotated[int, typer.Option(min=1, max=50_000, help="No more streams than these.")] = (
        10_000
    ),
    p50_ms: Annotated[float, typer.Option(min=0, help="Trusted: half of all within this.")] = 1.0,
    p99_ms: Annotated[float, typer.Option(min=0, help="Trusted: 99 in 100 within this.")] = 5.0,
    svg: Annotated[Path | None, typer.Option(help="Write the plot here.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="Write the figures here.")] = None,
) -> None:
    """Measure how late frames are at growing concurrency, and say how far to trust the times.

    Starts a mock of its own. About half a minute; exit code 1 when no load was on time.
    """
    from mock_openai.certify.command import certify as certify_here
    from mock_openai.certify.ladder import Bound

    bound = Bound(round(p50_ms * 1e6), round(p99_ms * 1e6))
    if not certify_here(quick=quick, most=most, bound=bound, svg_file=svg, json_file=as_json):
        raise typer.Exit(1)


@app.command()
def library(
    show: Annotated[str | None, typer.Argument(help="Print the file of this scenario.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Names and descriptions as JSON.")
    ] = False,
) -> None:
    """List the shipped scenarios, or print one as a start for your own."""
    shelf = Shelf()
    if show is not None:
        file = shelf.file_of(show)
        if file is None:
            raise SetupError(f"there is no shipped scenario '{show}'{nearest(show, shelf.names)}")
        typer.echo(_text(file), nl=False)
    elif as_json:
        rows = [{"name": s.name, "description": s.description} for s in shelf.scenarios]
        typer.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2).decode())
    else:
        table = Table(
            "scenario", "what it does", title=escape("choose one: [[mock: scenario=NAME]]")
        )
        for scenario in shelf.scenarios:
            table.add_row(scenario.name, escape(scenario.description))
        Console(width=None if sys.stdout.isatty() else int(os.environ.get("COLUMNS", "100"))).print(
            table, markup=False
        )
