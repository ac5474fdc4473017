"""Wanted: what a check is to do, as it was asked for on the command line."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from tokentape.contract.contract import Contract

MESSAGE = "Tell me in a few sentences how a tape recorder works."


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckConfig:
    """`url` is the server's root, for OpenAI's contracts its base URL. Times are in the unit that
    their names say."""

    url: str
    contract: Contract
    token: str | None = field(default=None, repr=False)
    user: str = "anonymous"
    model: str | None = None
    message: str = MESSAGE
    turns: int = 1
    viewers: int = 1
    """Of each user's answer."""
    users: int = 1
    """Who ask at once, each a question of their own."""
    cut_at: tuple[int, ...] = ()
    """Event numbers after which each viewer's connection is cut."""
    cuts: int = 0
    """How many more cuts there are, at places that the seed chooses."""
    stop: bool = False
    expect: str | None = None
    line_end: str = ""
    """A line break that is due behind `expect` where the answer has it, and where not, not."""
    max_first_token_ms: float | None = None
    max_gap_ms: float | None = None
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with each request, and with the handshake of a socket."""
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    """The same of its address."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """What goes into no report, also where a server says it."""
    shown: str = ""
    """The address for people, without secrets; empty: `url`."""
    order_only: bool = False
    """Pieces that came together are not judged: on machines that others use too."""
    mock_url: str | None = None
    mock_token: str | None = field(default=None, repr=False)
    """What the mock's admin routes want; shown to the mock alone."""
    seed: int = 0
    silence_s: float = 30.0
    """The longest silence before a stream counts as lost."""
    longest_s: float = 300.0
    """The longest that an answer may take: one without an end must not be a check without one."""
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


class CouldNotRun(Exception):
    """The check has no verdict; the message names what is in the way, and the way out."""
