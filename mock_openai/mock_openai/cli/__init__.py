"""The `mock-openai` command. Only here is anything printed."""

import sys

import click
from rich.console import Console

from mock_openai.cli.certify_command import certify
from mock_openai.cli.plan_command import plan
from mock_openai.cli.scenario_commands import library, migrate, validate
from mock_openai.cli.serving import record, serve
from mock_openai.errors import MockError, SetupError


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


for command in (serve, record, migrate, plan, validate, certify, library):
    app.add_command(command)
