"""What every dialect is mounted with: made once by `create_app`, passed down."""

from dataclasses import dataclass

from app.access.tokens import Tokens
from app.metrics import Metrics
from app.runs.runs import Runs
from app.settings import Settings
from app.turns import Turns
from app.viewers.rendering import Renderings
from app.viewers.sockets import Sockets


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
