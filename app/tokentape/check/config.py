"""The config of a check: one field for each thing that can be asked of it.

The command line, its help, the page's form, its messages and the table in the docs are made from
these fields. Imports nothing heavy: `--help` answers at once.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from tokentape.check.request_extras import (
    read_format,
    read_headers,
    read_places,
    read_query,
    read_show,
)
from tokentape.options.option import FormField, option

if TYPE_CHECKING:
    from tokentape.contract.contract import Contract

MESSAGE = "Tell me in a few sentences how a tape recorder works."
AT_ONCE_MAX = 1_000
"""Connections."""

EXTRAS, EXPECTATIONS, TRIALS, REQUEST = (
    "Headers and query",
    "Expectations",
    "Trials: cuts, stops, viewers, users",
    "What is asked, and how long to wait",
)
"""Headings of the page's form."""

TEXT_MAX, HOUR_MS = 200_000, 3_600_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfig:
    """What is to be checked, how, and what of it is too much. Times are in the unit that their
    names say; `None` leaves it to the check.

    `url` is what somebody wrote, until `resolve` makes it the server's root, for OpenAI's contracts
    its base URL.
    """

    contract: "Contract"
    url: str = field(
        default="",
        metadata=option(
            recordings=True,
            help="The server's root; for openai the base URL, as …/v1, or Azure's"
            " …/openai/deployments/NAME?api-version=…; for ag-ui and ai-sdk-ui the endpoint's own"
            " address, or the root (/ag-ui, /api/chat); or a tape, FILE.jsonl.",
            argument=True,
            form=FormField(label="Address", hidden=True),
        ),
    )
    from_file: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="Judge what was recorded, without a server: what curl printed, JSON lines, a tape,"
            " a browser's HAR; - is standard input.",
            flag="--from",
            metavar="FILE|-",
        ),
    )
    file_format: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="The form of that file, where it is not recognised: sse, jsonl, har or tape.",
            flag="--format",
            metavar="NAME",
            read=read_format,
        ),
    )
    entry: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="Of a HAR the entries whose address has this in it; by default all streams.",
            metavar="TEXT",
        ),
    )
    dialect: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="What the server speaks: one of ours, openai, openai-responses, anthropic, ag-ui,"
            " ai-sdk-ui.",
            form=FormField(label="Dialect", hidden=True),
        ),
    )
    transport: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="sse, socketio or websocket; the dialect's first by default.",
            form=FormField(label="Transport", hidden=True),
        ),
    )
    contract_file: Path | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="A YAML file that describes your own protocol.",
            flag="--contract",
            metavar="FILE",
        ),
    )
    accept: tuple[str, ...] = field(
        default=(),
        metadata=option(
            recordings=True,
            help="A habit of a server that speaks OpenAI's chat completions in a way of its own,"
            " which then is right; repeatable. A wrong verdict says which would do.",
            metavar="HABIT",
        ),
    )
    profile: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="The habits of one provider or server, such as azure, openrouter, vllm, ollama.",
            metavar="NAME",
        ),
    )
    token: str | None = field(
        default=None,
        repr=False,
        metadata=option(
            help="A token or key, sent with every request.",
            secret=True,
            form=FormField(
                label="Token or key",
                name="Token",
                kind="password",
                most=10_000,
                placeholder="none",
                width="half",
            ),
        ),
    )
    headers: Mapping[str, str] = field(
        default_factory=dict,
        repr=False,
        metadata=option(
            help="A header of each request, and of a socket's handshake; repeatable. Its value is"
            " in no report.",
            flag="--header",
            metavar="'NAME: VALUE'",
            repeated=True,
            secret=True,
            read=read_headers,
            form=FormField(
                label="Headers",
                note="one a line",
                group=EXTRAS,
                kind="lines",
                width="wide",
                most=20_000,
                placeholder="api-key: …",
            ),
        ),
    )
    query: tuple[tuple[str, str], ...] = field(
        default=(),
        repr=False,
        metadata=option(
            help="A parameter of each request's address, as api-version for Azure; repeatable. Its"
            " value is in no report.",
            metavar="NAME=VALUE",
            repeated=True,
            secret=True,
            read=read_query,
            form=FormField(
                label="Query",
                note="one parameter a line",
                group=EXTRAS,
                kind="lines",
                width="wide",
                most=20_000,
                placeholder="api-version=2025-01-01-preview",
            ),
        ),
    )
    model: str | None = field(
        default=None,
        metadata=option(
            help="The model to ask for.",
            form=FormField(
                label="Model to ask for", group=REQUEST, most=200, placeholder="the server’s"
            ),
        ),
    )
    message: str = field(
        default=MESSAGE,
        metadata=option(
            recordings=True,
            help="What to ask.",
            form=FormField(label="Question", group=REQUEST, kind="area", width="wide", most=32_000),
        ),
    )
    turns: int = field(
        default=1,
        metadata=option(
            help="How many answers to look at.",
            least=1,
            most=100_000,
            form=FormField(label="Answers", most=1_000, usual=5),
        ),
    )
    viewers: int = field(
        default=1,
        metadata=option(
            help="How many look at each; each must see all of it.",
            least=1,
            most=1_000,
            form=FormField(label="Viewers of each answer", group=TRIALS, most=50),
        ),
    )
    users: int = field(
        default=1,
        metadata=option(
            help="How many ask at once, each their own question; none may see another's.",
            least=1,
            most=1_000,
            form=FormField(label="Users at once", group=TRIALS, most=50),
        ),
    )
    cut_at: tuple[int, ...] = field(
        default=(),
        metadata=option(
            help="Cut the connection after this event and resume; repeatable.",
            metavar="SEQ",
            repeated=True,
            read=read_places,
            form=FormField(label="Cut after events", group=TRIALS, most=1_000, placeholder="3, 12"),
        ),
    )
    cuts: int = field(
        default=0,
        metadata=option(
            help="Cut each answer so many times, at random places.",
            least=0,
            most=1_000,
            form=FormField(label="Cuts at random", group=TRIALS, most=100),
        ),
    )
    stop: bool = field(
        default=False,
        metadata=option(
            help="Stop each answer after its third text.",
            form=FormField(
                label="Stop each answer after its third text", name="Stop", group=TRIALS
            ),
        ),
    )
    expect: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="The text that has to come; of a file every character, but a line break at its end"
            " may be the editor's.",
            metavar="TEXT|@FILE",
            form=FormField(
                label="Text that has to come",
                group=EXPECTATIONS,
                kind="area",
                width="wide",
                most=TEXT_MAX,
                strip=False,
                placeholder="not compared",
            ),
        ),
    )
    max_ttft_ms: float | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="The longest wait for the first text.",
            unit="ms",
            least=0,
            form=FormField(
                label="First token within", group=EXPECTATIONS, most=HOUR_MS, placeholder="any"
            ),
        ),
    )
    max_gap_ms: float | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="The longest time between two texts, and from the last one to the end.",
            unit="ms",
            least=0,
            form=FormField(
                label="Longest gap", group=EXPECTATIONS, most=HOUR_MS, placeholder="any"
            ),
        ),
    )
    order_only: bool = field(
        default=False,
        metadata=option(
            recordings=True,
            help="Don't judge whether pieces were kept back: for machines that others use too.",
        ),
    )
    silence_s: float = field(
        default=30.0,
        metadata=option(
            recordings=True,
            help="The longest silence before a stream counts as lost.",
            unit="s",
            least=0.1,
            form=FormField(label="Longest silence", group=REQUEST, most=120),
        ),
    )
    longest_s: float = field(
        default=300.0,
        metadata=option(
            recordings=True,
            help="The longest that an answer may take to its end.",
            unit="s",
            least=0.1,
            form=FormField(label="Longest answer", group=REQUEST, most=900),
        ),
    )
    mock_url: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="The mock-openai that is the server's upstream: it knows what is due, and when.",
            flag="--mock",
            variable="MOCK_URL",
            form=FormField(label="the mock", hidden=True),
        ),
    )
    mock_token: str | None = field(
        default=None,
        repr=False,
        metadata=option(
            recordings=True,
            help="What that mock's admin routes want; or MOCK_ADMIN_TOKEN, beside MOCK_URL.",
            secret=True,
            form=FormField(label="MOCK_ADMIN_TOKEN", hidden=True),
        ),
    )
    seed: int = field(
        default=0,
        metadata=option(
            recordings=True,
            help="Chooses the random places.",
            form=FormField(label="Seed of the places", group=TRIALS, least=-(2**53), most=2**53),
        ),
    )
    show: str | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="frames: also print all that came, frame by frame, with times.",
            metavar="frames",
            read=read_show,
        ),
    )
    json_file: Path | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="Save the report as JSON.",
            flag="--json",
            metavar="FILE",
        ),
    )
    junit_file: Path | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="Save the report as JUnit XML.",
            flag="--junit",
            metavar="FILE",
        ),
    )
    sarif_file: Path | None = field(
        default=None,
        metadata=option(
            recordings=True,
            help="Save the report as SARIF 2.1.0, for code scanning.",
            flag="--sarif",
            metavar="FILE",
        ),
    )
    github: bool = field(
        default=False,
        metadata=option(
            recordings=True,
            help="Also print GitHub's annotations; in a workflow of GitHub's that is the default.",
        ),
    )
    line_end: str = ""
    """A line break that is due behind `expect` where the answer has it, and where not, not: with it
    an editor ends a file."""
    user: str = "anonymous"
    """Whose token it is."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What goes into no report, also where a server says it."""
    recorded: bool = False
    """What is judged comes from a file; `url` says from which."""
    file: str = ""
    """The file's name, as somebody wrote it."""
    shown: str = ""
    """The address for people, without secrets; empty: `url`."""
    away_s: float = 0.1
    """The shortest time that a cut connection stays away, in which the answer goes on."""
    linger_s: float = 0.15
    """How long to look on after the end, for what must not come."""

    @property
    def address(self) -> str:
        """The server's address, as a report may show it."""
        return self.shown or self.url

    def without_secrets(self) -> "CheckConfig":
        """The same, when nothing is to be asked any more."""
        return replace(self, token=None, mock_token=None, headers={}, query=(), secrets=())

    @property
    def cutting(self) -> bool:
        """Whether connections are to be cut."""
        return bool(self.cut_at or self.cuts)

    @property
    def shared(self) -> bool:
        """Whether several viewers look at one run, not each at its own."""
        return self.viewers > 1 and self.contract.resume is not None
