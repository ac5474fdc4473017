"""What every dialect is mounted with: made once by `create_app`, passed down."""

from dataclasses import dataclass

from tokentape.access.tokens import Tokens
from tokentape.metrics import Metrics
from tokentape.runs.runs import Runs
from tokentape.settings import Settings
from tokentape.turns import Turns
from tokentape.viewers.rendering import Renderings
from tokentape.viewers.sockets import Sockets


@dataclass(slots=True)
class Core:
    """`turns` is there from the app's startup to its shutdown."""

    settings: Settings
    metrics: Metrics
    tokens: Tokens
    runs: Runs
    frames: Renderings[bytes]
    sockets: Sockets
    opened: Turns | None = None

    @property
    def turns(self) -> Turns:
        """Raises `RuntimeError` before the startup and where it was skipped."""
        if self.opened is None:
            raise RuntimeError("the app has not been started: its lifespan was skipped")
        return self.opened
