"""How much one connection may do in rooms: so much a second, and some of it at once. Pure."""

import math

AT_ONCE_S = 2
"""A quota that was not used for so long can be used at once."""


class Quota:
    """What has been done costs, in arrears too: who is in debt waits."""

    def __init__(self, per_s: float, now: float) -> None:
        self._per_s = per_s
        self._left = per_s * AT_ONCE_S
        self._at = now

    def wait_s(self, now: float) -> int | None:
        """Seconds until something may be done again; None: now."""
        self._left = min(self._per_s * AT_ONCE_S, self._left + (now - self._at) * self._per_s)
        self._at = now
        return None if self._left >= 1 else max(1, math.ceil((1 - self._left) / self._per_s))

    def spend(self, cost: float) -> None:
        self._left -= cost
