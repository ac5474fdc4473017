"""What the options of `tokentape check` and `tokentape record` have in common.

Imports nothing heavy: `--help` answers at once.
"""

from pathlib import Path
from typing import Annotated

from typer import Option

Dialect = Annotated[
    str | None, Option(help="What the server speaks: one of ours, openai, or openai-responses.")
]
Transport = Annotated[
    str | None, Option(help="sse, socketio or websocket; the dialect's first by default.")
]
ContractFile = Annotated[
    Path | None, Option(help="A YAML file that describes your own protocol.", metavar="FILE")
]
Header = Annotated[
    list[str] | None,
    Option(
        metavar="'NAME: VALUE'",
        help="A header of each request, and of a socket's handshake; repeatable. Its value is in no"
        " report.",
    ),
]
Query = Annotated[
    list[str] | None,
    Option(
        metavar="NAME=VALUE",
        help="A parameter of each request's address, as api-version for Azure; repeatable. Its"
        " value is in no report.",
    ),
]
Model = Annotated[str | None, Option(help="The model to ask for.")]
Message = Annotated[str | None, Option(help="What to ask.")]
Silence = Annotated[
    float, Option(min=0.1, help="The longest silence before a stream counts as lost.")
]
Longest = Annotated[float, Option(min=0.1, help="The longest that an answer may take to its end.")]
