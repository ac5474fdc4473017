"""Asks the server for its statistics, as any client with ADMIN_TOKEN may, and keeps the
newest. All pages share one history; when nobody looks, nothing is asked."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import httpx2
import orjson
from pydantic import SecretStr

from tokentape.contract.contract import Json
from tokentape.ui.monitor.stats import Sample, sample_of, since

EVERY_S = 1.0
KEPT = 300
"""Moments kept: five minutes."""
TIMEOUT_S = 5.0
PAUSE_S = 5.0
"""After so long without a look, what lies between is a hole in the charts."""


class Unwatchable(Exception):
    """The statistics can't be had; the message says what to do about it."""


@dataclass(slots=True)
class Poller:
    """The newest statistics of one server, and the moments up to them."""

    token: SecretStr | None
    clock: Callable[[], float] = time.monotonic
    latest: Sample | None = None
    moments: deque[Mapping[str, float | None]] = field(default_factory=lambda: deque(maxlen=KEPT))
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def poll(self, root_url: str) -> None:
        """Take a sample, unless there is one of this moment. Raises `Unwatchable`."""
        async with self._asking:
            if self.latest and self.clock() - self.latest.at_s < EVERY_S / 2:
                return
            self.add(sample_of(await self._stats(root_url), self.clock()))

    def add(self, sample: Sample) -> None:
        """Take what was told as the newest."""
        before = self.latest
        if before is not None and sample.at_s - before.at_s > PAUSE_S:
            self.moments.append({"at_s": before.at_s + EVERY_S})
            before = None
        self.moments.append(since(before, sample))
        self.latest = sample

    async def _stats(self, root_url: str) -> Mapping[str, Json]:
        if self.token is None:
            raise Unwatchable("Start the server with ADMIN_TOKEN: it opens its statistics.")
        headers = {"Authorization": f"Bearer {self.token.get_secret_value()}"}
        try:
            # To our own socket, in plain HTTP: certificates would take 30 ms to load, each second.
            async with httpx2.AsyncClient(timeout=TIMEOUT_S, trust_env=False, verify=False) as http:
                answer = await http.get(f"{root_url}/admin/stats", headers=headers)
                told = orjson.loads(answer.content)
        except (httpx2.HTTPError, orjson.JSONDecodeError) as error:
            raise Unwatchable("The server does not tell its statistics; asking again.") from error
        if not answer.is_success or not isinstance(told, dict):
            raise Unwatchable(f"The server answers {answer.status_code}; asking again.")
        return told
