"""The options of `tokentape record`. Imports nothing heavy: `--help` answers at once."""

from pathlib import Path
from typing import Annotated

import typer
from typer import Argument, Option

from tokentape.check.cli_options import (
    ContractFile,
    Dialect,
    Header,
    Longest,
    Message,
    Model,
    Query,
    Silence,
    Transport,
)


def record(
    url: Annotated[
        str,
        Argument(
            help="The server's root; for openai the base URL, as …/v1, or Azure's"
            " …/openai/deployments/NAME?api-version=…."
        ),
    ],
    out: Annotated[Path, Option(metavar="FILE.jsonl", help="Where the tape goes.", dir_okay=False)],
    dialect: Dialect = None,
    transport: Transport = None,
    contract: ContractFile = None,
    token: Annotated[str | None, Option(help="A token or key; it is not in the tape.")] = None,
    header: Header = None,
    query: Query = None,
    model: Model = None,
    message: Message = None,
    scenario: Annotated[
        Path | None,
        Option(
            metavar="FILE.yaml",
            dir_okay=False,
            help="Also write a scenario: the mock then says the same, piece by piece, in time.",
        ),
    ] = None,
    silence_s: Silence = 30.0,
    longest_s: Longest = 300.0,
) -> None:
    """Keep one answer of a streaming chat server, with every event's time, in a file.

    A tape is JSON Lines: first what it is of, then an event a line, with its time in µs after the
    question. `tokentape check FILE.jsonl` judges it again, without the server.

    Exit code 0: recorded, whatever came. 2: nothing came.
    """
    from tokentape.check.command import CheckArguments
    from tokentape.check.record_command import record as run

    typed = CheckArguments(
        url=url,
        dialect=dialect,
        transport=transport,
        contract=contract,
        token=token,
        headers=tuple(header or ()),
        query=tuple(query or ()),
        model=model,
        message=message,
        silence_s=silence_s,
        longest_s=longest_s,
    )
    raise typer.Exit(run(typed, out, scenario))
