"""The `mock-openai` command. Only here is anything printed."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import orjson
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mock_openai.catalog.scenario_files import ScenarioFiles, scenario_files
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import MockError, ScenarioError, SetupError, nearest
from mock_openai.planning.plan_json import plan_to_json
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.planning.planner import Planner
from mock_openai.profiles import PROFILES
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.settings import Settings

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def _option(*names: str, **how: Any) -> Decorator:
    """An option whose default is part of its help."""
    shown = how.get("default") is not None and not how.get("is_flag")
    return click.option(*names, show_default=shown, **how)


_PATH = click.Path(path_type=Path)
_SCENARIOS = _option(
    "--scenarios",
    "folders",
    type=_PATH,
    multiple=True,
    metavar="DIR",
    help="A folder of scenario files; they come before the shipped. Repeatable.",
)
_SEED = _option(
    "--seed", type=int, default=0, help="Fixes text, ids, times and faults of every answer."
)
_HOST = _option("--host", default="127.0.0.1", help="The address to listen on.")
_PORT = _option("--port", type=click.IntRange(0, 65535), default=9100, help="0 takes a free port.")
_REDACT = _option(
    "--redact",
    multiple=True,
    metavar="NAME",
    help="Blank the values of headers, parameters and JSON fields of this name (a shell pattern); "
    "keys, tokens, passwords and cookies are blanked anyway. Repeatable.",
)
_UPSTREAM_KEY = _option(
    "--upstream-key",
    envvar="MOCK_OPENAI_UPSTREAM_KEY",
    show_envvar=True,
    help="The key for the real server, instead of the client's own.",
)


def main() -> None:
    """The command; a mistake is one red line, and the exit code 1 or 2."""
    try:
        app(prog_name="mock-openai")
    except MockError as error:
        Console(stderr=True).print(f"mock-openai: {error}", style="red", markup=False)
        sys.exit(2 if isinstance(error, SetupError) else 1)


@click.group(invoke_without_command=True, context_settings={"max_content_width": 100})
@click.pass_context
def app(context: click.Context) -> None:
    """An OpenAI API that says exactly what was scripted, exactly when, and keeps evidence.

    Without a command it serves on http://127.0.0.1:9100/v1.
    """
    if context.invoked_subcommand is None:
        context.invoke(serve)


@app.command()
@_HOST
@_PORT
@_SCENARIOS
@_SEED
@_option("--strict", is_flag=True, help="404 for a request that no scenario fits.")
@_option("--strict-models", is_flag=True, help="404 for a model that OpenAI does not have.")
@_option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="openai",
    help="The server to speak like: what it takes is taken, and what it sends is sent.",
)
@_option(
    "--unknown-parameters",
    type=click.Choice(["refuse", "warn", "accept"]),
    default="refuse",
    help="What to do with parameters that neither OpenAI nor the profile knows. refuse: 400, as "
    "OpenAI. warn: ignore them, and name them in the response header x-mock-ignored. accept: "
    "ignore them. The journal names them.",
)
@_option(
    "--models",
    metavar="NAMES|FILE",
    help="The models that /v1/models lists: names with commas between, or a file with one a line. "
    "Default: OpenAI's.",
)
@_option(
    "--record-missing",
    metavar="URL",
    help="Pass what no scenario fits on to the real server at this base URL, such as …/v1, and "
    "record its answer to the first --scenarios folder: from then on it fits.",
)
@_REDACT
@_UPSTREAM_KEY
@_option("--require-key", is_flag=True, help="401 for a request without a bearer key.")
@_option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    help="virtual: time jumps to whatever is due next.",
)
@_option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    help="Number of worker processes. Admin routes merge the journals of all workers.",
)
@_option(
    "--unread",
    "unread_s",
    type=click.FloatRange(min=0),
    default=600.0,
    help="Close a connection after this many seconds in which the client neither reads its "
    "response nor finishes its request.",
)
@_option(
    "--largest-body",
    type=click.IntRange(min=1_000),
    default=32_000_000,
    help="Bytes of a request's body; one that is larger gets a 413.",
)
@_option(
    "--connections",
    "most_connections",
    type=click.IntRange(min=1),
    default=20_000,
    help="Connections at once, of each worker; more get a 503.",
)
@_option(
    "--origin",
    "origins",
    multiple=True,
    help="A web page's origin that may call, as those of this machine may; * is any. Repeatable.",
)
@_option(
    "--admin-token",
    envvar="MOCK_OPENAI_ADMIN_TOKEN",
    show_envvar=True,
    help="Bearer token of the admin routes, which else answer loopback clients only.",
)
def serve(folders: tuple[Path, ...], models: str | None, **given: Any) -> None:
    """Serve until Ctrl-C. Prints one line with the base URL when ready."""
    from mock_openai.server.run import serve as serve_until_stopped

    settings = Settings(folders=folders, models=_names(models), **given)
    if settings.record_missing is not None:
        _check_upstream("--record-missing", settings.record_missing)
        if not settings.folders:
            raise SetupError("--record-missing records to a folder: add --scenarios DIR")
    if settings.clock == "virtual" and settings.workers > 1:
        raise SetupError("--clock virtual has one time for all streams: it takes --workers 1")
    ScenarioFiles(settings.folders)  # a folder that is not there: say so before anything starts
    serve_until_stopped(settings, _print_ready)


def _names(models: str | None) -> tuple[str, ...]:
    if models is None:
        return ()
    try:
        there = Path(models).is_file()
    except OSError:  # too long for a name of a file
        there = False
    given = _text(Path(models)).splitlines() if there else models.split(",")
    names = tuple(dict.fromkeys(name.strip() for name in given if name.strip()))
    if not names:
        raise SetupError(f"--models {models}: it names no model")
    return names


def _print_ready(base_url: str) -> None:
    sys.stdout.write(f"mock-openai ready at {base_url}\n")
    sys.stdout.flush()


def _check_upstream(option: str, url: str) -> None:
    if not url.startswith(("http://", "https://")):
        raise SetupError(f"{option} {url}: write it as https://api.openai.com/v1")


@app.command()
@_option("--upstream", required=True, help="Base URL of a real server, such as …/v1.")
@_option(
    "--out", type=_PATH, required=True, help="The folder that the scenario files are written to."
)
@_HOST
@_PORT
@_REDACT
@_UPSTREAM_KEY
def record(
    upstream: str,
    out: Path,
    host: str,
    port: int,
    redact: tuple[str, ...],
    upstream_key: str | None,
) -> None:
    """Pass requests on to a real server, and write each answer as a scenario.

    A scenario answers the same conversation alone; what was asked several times is answered in
    the same order. Those of a session (X-Mock-Session) are in a folder of its name. Chunk
    boundaries and times are kept; keys and cookies are not. Replay: serve --scenarios DIR.
    """
    from mock_openai.recording.proxy import record as record_until_stopped
    from mock_openai.recording.redaction import Redaction

    _check_upstream("--upstream", upstream)
    try:
        record_until_stopped(
            upstream, out, host, port, _print_ready, redaction=Redaction(redact), key=upstream_key
        )
    except OSError as error:
        raise SetupError(f"--out {out}: {error.strerror}") from error


@app.command()
@click.argument("files", nargs=-1, required=True, type=_PATH)
@_option(
    "--out", type=_PATH, required=True, help="The folder that the scenario files are written to."
)
@_REDACT
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


@app.command()
@click.argument("files", nargs=-1, required=True, metavar="[SCENARIO.yaml] REQUEST.json")
@_SCENARIOS
@_SEED
@_option("--endpoint", default="chat.completions", help="Which endpoint the request is for.")
@_option(
    "--streams",
    type=click.IntRange(min=1),
    default=1,
    help="Streams open at once, with this one: for a pace's load.",
)
@_option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="openai",
    help="The server to speak like.",
)
@_option("--json", "as_json", is_flag=True, help="The whole plan as JSON.")
@_option("--wire", is_flag=True, help="Only the body, byte by byte.")
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
        own = read_scenarios(_text(path), str(path), path.stem)
        scenarios.put_first(own)
        headers["x-mock-scenario"] = own[0].name
    body = sys.stdin.buffer.read() if files[-1] == "-" else _text(Path(files[-1])).encode()
    return Planner(scenarios, settings).plan(known[endpoint], headers, body, streams=streams)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"can't read {path}: {error}") from error


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


@app.command()
@click.argument("paths", nargs=-1, required=True, type=_PATH)
def validate(paths: tuple[Path, ...]) -> None:
    """Check scenario files: every mistake with file, line, path and nearest valid key."""
    console = Console(stderr=True)
    scenario_paths: list[Path] = []
    for path in paths:
        scenario_paths.extend(scenario_files(path) if path.is_dir() else [path])
    wrong = 0
    for file in scenario_paths:
        try:
            read_scenarios(_text(file), str(file), file.stem)
        except (ScenarioError, SetupError) as error:
            wrong += 1
            console.print(str(error), style="red", markup=False, soft_wrap=True)
    click.echo(f"{len(scenario_paths)} files, {wrong} broken")
    if wrong or not scenario_paths:
        click.get_current_context().exit(1)


@app.command()
@_option("--quick", is_flag=True, help="Four loads, a second each.")
@_option(
    "--most",
    type=click.IntRange(1, 50_000),
    default=10_000,
    help="No more streams than these.",
)
@_option(
    "--p50-ms",
    type=click.FloatRange(min=0),
    default=1.0,
    help="Trusted: half of all frames within this many milliseconds.",
)
@_option(
    "--p99-ms",
    type=click.FloatRange(min=0),
    default=5.0,
    help="Trusted: 99 in 100 frames within this many milliseconds.",
)
@_option("--svg", "svg_file", type=_PATH, help="Write the plot here.")
@_option("--json", "json_file", type=_PATH, help="Write the figures here.")
def certify(
    quick: bool,
    most: int,
    p50_ms: float,
    p99_ms: float,
    svg_file: Path | None,
    json_file: Path | None,
) -> None:
    """Measure how late frames are at growing concurrency, and say how far to trust the times.

    Starts a mock of its own. About half a minute; exit code 1 when no load was on time.
    """
    from mock_openai.certify.command import certify as certify_here
    from mock_openai.certify.ladder import Bound

    bound = Bound(round(p50_ms * 1e6), round(p99_ms * 1e6))
    ok = certify_here(quick=quick, most=most, bound=bound, svg_file=svg_file, json_file=json_file)
    if not ok:
        click.get_current_context().exit(1)


@app.command()
@click.argument("show", required=False, metavar="[SCENARIO]")
@_option("--json", "as_json", is_flag=True, help="Names and descriptions as JSON.")
def library(show: str | None, as_json: bool) -> None:
    """List the shipped scenarios, or print one as a start for your own."""
    scenarios = ScenarioFiles()
    if show is not None:
        file = scenarios.file_of(show)
        if file is None:
            raise SetupError(
                f"there is no shipped scenario '{show}'{nearest(show, scenarios.names)}"
            )
        click.echo(_text(file), nl=False)
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
