"""The options of `tokentape check`. Imports nothing heavy: `--help` answers at once."""

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


def check(
    url: Annotated[
        str,
        Argument(
            help="The server's root; for openai the base URL, as …/v1, or Azure's"
            " …/openai/deployments/NAME?api-version=…; or a tape, FILE.jsonl."
        ),
    ],
    dialect: Dialect = None,
    transport: Transport = None,
    contract: ContractFile = None,
    token: Annotated[str | None, Option(help="A token or key, sent with every request.")] = None,
    header: Header = None,
    query: Query = None,
    model: Model = None,
    message: Message = None,
    turns: Annotated[int, Option(min=1, max=100_000, help="How many answers to look at.")] = 1,
    viewers: Annotated[
        int, Option(min=1, max=1_000, help="How many look at each; each must see all of it.")
    ] = 1,
    users: Annotated[
        int,
        Option(
            min=1,
            max=1_000,
            help="How many ask at once, each their own question; none may see another's.",
        ),
    ] = 1,
    cut_at: Annotated[
        list[str] | None,
        Option(metavar="SEQ", help="Cut the connection after this event and resume; repeatable."),
    ] = None,
    cuts: Annotated[
        int, Option(min=0, max=1_000, help="Cut each answer so many times, at random places.")
    ] = 0,
    stop: Annotated[bool, Option("--stop", help="Stop each answer after its third text.")] = False,
    expect: Annotated[
        str | None,
        Option(
            metavar="TEXT|@FILE",
            help="The text that has to come; of a file every character, but a line break at its end"
            " may be the editor's.",
        ),
    ] = None,
    max_ttft_ms: Annotated[
        float | None, Option(min=0, help="The longest wait for the first text.")
    ] = None,
    max_gap_ms: Annotated[
        float | None,
        Option(min=0, help="The longest time between two texts, and from the last one to the end."),
    ] = None,
    order_only: Annotated[
        bool,
        Option(
            "--order-only",
            help="Don't judge whether pieces were kept back: for machines that others use too.",
        ),
    ] = False,
    silence_s: Silence = 30.0,
    longest_s: Longest = 300.0,
    mock: Annotated[
        str | None,
        Option(
            envvar="MOCK_URL",
            help="The mock-openai that is the server's upstream: it knows what is due, and when.",
        ),
    ] = None,
    mock_token: Annotated[
        str | None,
        Option(help="What that mock's admin routes want; or MOCK_ADMIN_TOKEN, beside MOCK_URL."),
    ] = None,
    seed: Annotated[int, Option(help="Chooses the random places.")] = 0,
    json: Annotated[
        Path | None, Option(metavar="FILE", help="Save the report as JSON.", dir_okay=False)
    ] = None,
    junit: Annotated[
        Path | None, Option(metavar="FILE", help="Save the report as JUnit XML.", dir_okay=False)
    ] = None,
) -> None:
    """Prove a streaming chat server right or wrong: order, integrity, latency.

    Exit code 0: right. 1: wrong. 2: could not run, or nothing was there to check.
    3: undecided: somebody was halted, and pieces may have been kept back, or a limit passed.
    """
    from tokentape.check.command import CheckArguments, run

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
        turns=turns,
        viewers=viewers,
        users=users,
        cut_at=tuple(cut_at or ()),
        cuts=cuts,
        stop=stop,
        expect=expect,
        max_ttft_ms=max_ttft_ms,
        max_gap_ms=max_gap_ms,
        order_only=order_only,
        silence_s=silence_s,
        longest_s=longest_s,
        mock=mock,
        mock_token=mock_token,
        seed=seed,
        json_file=json,
        junit_file=junit,
    )
    raise typer.Exit(run(typed))
