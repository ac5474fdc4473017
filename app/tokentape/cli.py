"""The command `tokentape`. Heavy imports stay inside the commands: `--help` answers at once."""

import gc
import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from tokentape.check.cli import check
from tokentape.check.record_cli import record

if TYPE_CHECKING:
    from tokentape.settings import Settings

cli = typer.Typer(
    name="tokentape",
    help="The test bench for streaming chat.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
db = typer.Typer(help="The database.", no_args_is_help=True)
cli.add_typer(db, name="db")
cli.command()(check)
cli.command()(record)

EXTRAS = {"serve": "server", "demo": "all", "load": "load", "token": "server", "db": "server"}
"""What a command needs beside what `check` and `record` do."""

TTL_MAX_S = 100 * 365 * 86_400
Host = Annotated[str | None, typer.Option(help="Address to listen on.")]
Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port; 0: a free one.")]


@cli.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Serve the app with the upstream and keys that the environment names."""
    _collect_nothing_yet()
    from tokentape.settings import faults_of

    settings = _settings(host=host, port=port, warn=True)
    faults = faults_of(settings)
    if faults:
        _fail("tokentape can't serve:", *(f"  {fault}" for fault in faults))
    from tokentape.server.demo import end_on_signals
    from tokentape.server.run import PortTaken, listen
    from tokentape.server.run import serve as run
    from tokentape.store.database import NoDatabase
    from tokentape.workflows.reading import WorkflowFault

    end_on_signals()
    try:
        code = run(settings, listen(settings.host, settings.port))
    except (PortTaken, NoDatabase, WorkflowFault) as fault:
        _fail(str(fault))
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)


@cli.command()
def demo(host: Host = None, port: Port = None) -> None:
    """Serve the app with a mock of its own, without key or network."""
    _collect_nothing_yet()
    from tokentape.server.demo import NoMock, demo_settings, demo_upstream, end_on_signals
    from tokentape.settings import admin_faults_of

    asked = _settings(host=host, port=port, warn=True)
    if faults := admin_faults_of(asked):
        _fail("tokentape can't serve:", *(f"  {fault}" for fault in faults))
    end_on_signals()
    try:
        with demo_upstream() as upstream:
            # Heavy: the mock starts while the app is being imported.
            from tokentape.server.run import PortTaken, listen
            from tokentape.server.run import serve as run
            from tokentape.store.database import NoDatabase
            from tokentape.workflows.reading import WorkflowFault

            try:
                listening = listen(asked.host, asked.port)
                code = run(demo_settings(asked.port, asked.host, upstream()), listening)
            except (PortTaken, NoDatabase, NoMock, WorkflowFault) as error:
                _fail(str(error))
    except KeyboardInterrupt:
        code = 0
    raise typer.Exit(code)


@cli.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def load(context: typer.Context) -> None:
    """Put streams under load, check every answer, measure and judge; see its own --help."""
    if find_spec("tokentape_load") is None:
        _need("load", "tokentape-load")
    # A program of its own: Locust patches its process, and the app must not know the load tests.
    os.execv(sys.executable, [sys.executable, "-m", "tokentape_load", *context.args])  # noqa: S606


@cli.command(
    add_help_option=False,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True},
)
def bench(context: typer.Context) -> None:
    """Measure what each hot path costs, beside a floor and a naive way; `bench mock`: the mock.

    `bench --help` lists the parts. It needs a checkout: the benches stand beside the tests.
    """
    from pathlib import Path

    root = Path(__file__).resolve().parents[2]
    if not (root / "tests" / "bench").is_dir():
        _fail("The benches are not installed: they are in the repository, in tests/bench.")
    mock = context.args[:1] == ["mock"]
    module, arguments = "tests.bench.mock" if mock else "tests.bench", context.args[mock:]
    os.chdir(root)
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606


@cli.command()
def token(
    sub: Annotated[str, typer.Option(help="User id.")],
    ttl: Annotated[str, typer.Option(help="How long it holds: 90s, 15m, 1h, 7d.")] = "1h",
    claim: Annotated[list[str] | None, typer.Option(help="Another claim, as KEY=VALUE.")] = None,
) -> None:
    """Print a development token, signed with JWT_SECRET."""
    from tokentape.access.tokens import sign

    settings = _settings()
    if settings.jwt_secret is None:
        _fail("Set JWT_SECRET: the token is signed with it.")
    claims = {}
    for one in claim or []:
        key, equals, value = one.partition("=")
        if not key or not equals:
            _fail(f"--claim {one}: write it as KEY=VALUE.")
        claims[key] = value
    typer.echo(sign(settings.jwt_secret.get_secret_value(), sub, _seconds(ttl), claims))


@db.command()
def upgrade() -> None:
    """Bring DATABASE_URL's schema to the newest revision."""
    import asyncio

    from tokentape.store.database import NoDatabase, migrate, naming, open_engine

    url = _settings().database_url

    async def run() -> None:
        engine = open_engine(url)
        try:
            with naming(url):
                await migrate(engine)
        finally:
            await engine.dispose()

    try:
        asyncio.run(run())
    except NoDatabase as fault:
        _fail(str(fault))
    typer.echo("The database is up to date.")


def _collect_nothing_yet() -> None:
    """What is imported stays: to look for garbage in it takes a fifth of the start. The server
    turns the collector on when it is made."""
    gc.disable()


def _settings(*, warn: bool = False, **given: Any) -> "Settings":
    """`warn`: say on standard error what looks like a setting and is none."""
    from pydantic import ValidationError

    from tokentape.environment import prepare
    from tokentape.settings import Settings

    for remark in prepare():
        if warn:
            typer.echo(f"tokentape: {remark}", err=True)
    try:
        return Settings(**{key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        lines = [
            f"  {'.'.join(str(part) for part in one['loc']).upper()}: {one['msg']}"
            for one in error.errors(include_url=False)
        ]
        _fail("These settings are wrong:", *lines)


def _seconds(written: str) -> float:
    units = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
    number, unit = (written[:-1], written[-1:]) if written[-1:] in units else (written, "s")
    try:
        seconds = float(number) * units[unit]
    except ValueError:
        seconds = 0
    if not 0 < seconds < TTL_MAX_S:
        _fail(f"--ttl {written}: write it as 90s, 15m, 1h or 7d, of at most a hundred years.")
    return seconds


def _fail(*lines: str) -> NoReturn:
    for line in lines:
        typer.echo(line, err=True)
    sys.exit(2)


def main() -> None:
    """The command; one whose packages are not installed says how to install them."""
    try:
        cli()
    except ModuleNotFoundError as error:
        command = next((word for word in sys.argv[1:] if not word.startswith("-")), "")
        if command not in EXTRAS or (error.name or "").partition(".")[0] == "tokentape":
            raise
        _need(command, error.name or "")


def _need(command: str, package: str) -> NoReturn:
    extra = EXTRAS[command]
    _fail(f"tokentape {command} needs {package}: pip install 'tokentape[{extra}]'")


if __name__ == "__main__":
    main()
