"""Backoff: how long our clients wait before they try again, with full jitter.

Pure. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
"""

import random
from dataclasses import dataclass

_DOUBLINGS = 64
"""More would overflow a float and change nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """`most` is the number of attempts in a row that may fail; `None`: any number."""

    initial_s: float
    max_s: float
    multiplier: float = 2.0
    most: int | None = None

    def ceiling_s(self, failed: int) -> float:
        """The longest wait after `failed` failures in a row, of which the first is 1."""
        grown: float = self.initial_s * self.multiplier ** min(failed - 1, _DOUBLINGS)
        return min(self.max_s, grown)

    def wait_s(self, failed: int, chance: random.Random) -> float:
        """The wait after `failed` failures: anything up to the ceiling, so that clients spread."""
        return chance.uniform(0.0, self.ceiling_s(failed))

    def gives_up(self, failed: int) -> bool:
        """Whether so many failures in a row are more than are put up with."""
        return self.most is not None and failed > self.most


SSE_RETRIES = Backoff(initial_s=1.0, max_s=30.0, most=5)
"""Of the SSE client, where `SSEOptions` says nothing else."""
RECONNECTIONS = Backoff(initial_s=1.0, max_s=5.0)
"""Of the Socket.IO and WebSocket client, where `RealtimeOptions` says nothing else."""
