"""How often one may do what costs: per user, or per address without a token, over all dialects."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

from tokentape.access.client_address import whose
from tokentape.access.fixed_window import Windows
from tokentape.access.tokens import Identity
from tokentape.errors import CallerFault
from tokentape.rates import rate_of
from tokentape.settings import Settings

What = Literal["start", "document"]
MANY: dict[What, str] = {"start": "Too many starts", "document": "Too many documents"}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who starts something, and from where."""

    identity: Identity | None
    address: str

    @property
    def owner(self) -> str | None:
        """The user's `sub`, which is whose things are theirs; None without a token."""
        return self.identity.sub if self.identity else None

    @property
    def account(self) -> tuple[str, str]:
        """What is counted under: the user, or the address of who is none."""
        return ("user", self.identity.sub) if self.identity else ("address", whose(self.address))


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left; None where there is no limit."""

    limit: int
    remaining: int
    reset_s: int

    def headers(self) -> dict[str, str]:
        """As HTTP answers tell it, all in whole numbers; the reset in seconds from now."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_s),
        }


class RateLimits:
    """One counter a caller, so that memory does not grow with the calls. The machine's clock may
    be set: windows are timed by the monotonic one."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._windows = {
            ("start", "user"): _windows(settings.rate_limit_authenticated),
            ("start", "address"): _windows(settings.rate_limit_anonymous),
            ("document", "user"): _windows(settings.rate_limit_documents),
        }

    @contextmanager
    def counted(self, caller: Caller, what: What = "start") -> Iterator[Allowance | None]:
        """Count one, unless the block raises: what was refused is not used up.

        Raises `CallerFault` RATE_LIMIT, which counts nothing more.
        """
        windows = self._windows[what, caller.account[0]]
        if windows is None:
            yield None
            return
        now = self._clock()
        window = windows.consume(caller.account, now)
        reset_s = max(1, math.ceil(window.until - now))
        allowance = Allowance(windows.amount, max(0, windows.amount - window.count), reset_s)
        if window.count > windows.amount:
            raise CallerFault(
                "RATE_LIMIT",
                f"{MANY[what]}; try again in {reset_s} s.",
                retry_after_s=reset_s,
                headers=allowance.headers(),
            )
        with ExitStack() as undo:
            undo.callback(windows.give_back, caller.account, window.until)
            yield allowance
            undo.pop_all()

    def consume(self, caller: Caller, what: What = "start") -> Allowance | None:
        """Count one for good. Raises `CallerFault` RATE_LIMIT."""
        with self.counted(caller, what) as allowance:
            return allowance


def _windows(written: str) -> Windows | None:
    rate = rate_of(written)
    return None if rate is None else Windows(rate.amount, rate.length_s)
