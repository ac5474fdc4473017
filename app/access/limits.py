"""How often one may start: per user, or per address without a token, over all dialects."""

import math
import time
from dataclasses import dataclass

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import FixedWindowRateLimiter

from app.access.tokens import Identity
from app.errors import CallerFault
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Caller:
    """Who starts something, and from where."""

    identity: Identity | None
    address: str

    @property
    def owner(self) -> str | None:
        return self.identity.sub if self.identity else None

    @property
    def account(self) -> tuple[str, str]:
        """What is counted under: the user, or the address of who is none."""
        return ("user", self.identity.sub) if self.identity else ("address", self.address)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left; None where there is no limit."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class StartLimits:
    """Fixed windows: one counter a caller, so that memory does not grow with the calls."""

    def __init__(self, settings: Settings, storage: Storage | None = None) -> None:
        self._limiter = FixedWindowRateLimiter(storage or MemoryStorage())
        self._authenticated = _rate(settings.rate_limit_authenticated)
        self._anonymous = _rate(settings.rate_limit_anonymous)

    async def take(self, caller: Caller) -> Allowance | None:
        """Count one start. Raises `CallerFault` RATE_LIMIT, which counts nothing more."""
        rate = self._authenticated if caller.identity else self._anonymous
        if rate is None:
            return None
        allowed = await self._limiter.hit(rate, "start", *caller.account)
        window = await self._limiter.get_window_stats(rate, "start", *caller.account)
        reset_s = max(1, math.ceil(window.reset_time - time.time()))
        allowance = Allowance(rate.amount, max(0, window.remaining), reset_s)
        if not allowed:
            raise CallerFault(
                "RATE_LIMIT",
                f"Too many starts; try again in {reset_s} s.",
                retry_after_s=reset_s,
                headers=allowance.headers(),
            )
        return allowance


def _rate(written: str) -> RateLimitItem | None:
    return None if written.strip().lower() == "off" else parse(written)
