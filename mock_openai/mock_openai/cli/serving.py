"""The commands that serve: `serve`, and `record` before a real server."""

import sys
from pathlib import Path
from typing import Any

import click

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.cli.options import (
    HOST,
    PATH,
    PORT,
    PROFILE,
    REDACT,
    SCENARIOS,
    SEED,
    UPSTREAM_KEY,
    option,
    read_text,
)
from mock_openai.errors import SetupError
from mock_openai.settings import Settings


@click.command()
@HOST
@PORT
@SCENARIOS
@SEED
@option("--strict", is_flag=True, help="404 for a request that no scenario fits.")
@option("--strict-models", is_flag=True, help="404 for a model that OpenAI does not have.")
@PROFILE
@option(
    "--unknown-parameters",
    type=click.Choice(["refuse", "warn", "accept"]),
    default="refuse",
    help="What to do with parameters that neither OpenAI nor the profile knows. refuse: 400, as "
    "OpenAI. warn: ignore them, and name them in the response header x-mock-ignored. accept: "
    "ignore them. The journal names them.",
)
@option(
    "--models",
    metavar="NAMES|FILE",
    help="The models that /v1/models lists: names with commas between, or a file with one a line. "
    "Default: OpenAI's.",
)
@option(
    "--record-missing",
    metavar="URL",
    help="Pass what no scenario fits on to the real server at this base URL, such as …/v1, and "
    "record its answer to the first --scenarios folder: from then on it fits.",
)
@REDACT
@UPSTREAM_KEY
@option("--require-key", is_flag=True, help="401 for a request without a bearer key.")
@option(
    "--clock",
    type=click.Choice(["real", "virtual"]),
    default="real",
    help="virtual: time jumps to whatever is due next.",
)
@option(
    "--workers",
    type=click.IntRange(1, 256),
    default=1,
    help="Number of worker processes. Admin routes merge the journals of all workers.",
)
@option(
    "--unread",
    "unread_s",
    type=click.FloatRange(min=0),
    default=600.0,
    help="Close a connection after this many seconds in which the client neither reads its "
    "response nor finishes its request.",
)
@option(
    "--largest-body",
    type=click.IntRange(min=1_000),
    default=32_000_000,
    help="Bytes of a request's body; one that is larger gets a 413.",
)
@option(
    "--connections",
    "most_connections",
    type=click.IntRange(min=1),
    default=20_000,
    help="Connections at once, of each worker; more get a 503.",
)
@option(
    "--origin",
    "origins",
    multiple=True,
    help="A web page's origin that may call, as those of this machine may; * is any. Repeatable.",
)
@option(
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
    given = read_text(Path(models)).splitlines() if there else models.split(",")
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


@click.command()
@option("--upstream", required=True, help="Base URL of a real server, such as …/v1.")
@option(
    "--out", type=PATH, required=True, help="The folder that the scenario files are written to."
)
@HOST
@PORT
@REDACT
@UPSTREAM_KEY
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
