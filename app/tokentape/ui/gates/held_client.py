"""An answer that the page started itself, and what its client has received so far."""

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from tokentape.client.factory import open_viewer
from tokentape.client.failures import Failure
from tokentape.client.turn import Turn
from tokentape.client.viewer import Viewer, run_of
from tokentape.contract.contract import Contract, Json
from tokentape.contract.timeline import Seen
from tokentape.ui.answer.question import named

log = logging.getLogger(__name__)

LONGEST_S = 900.0
"""A client that nobody ends hangs up after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldRequest:
    """The answer to start: who asks whom for what, and before which chunk it is held."""

    url: str
    contract: Contract
    headers: Mapping[str, str]
    message: str
    directive: str


@dataclass(slots=True)
class HeldClient:
    """One client of this server, by a contract, with an answer of the mock behind it."""

    request: HoldRequest
    tag: str = field(default_factory=lambda: f"gate-{secrets.token_hex(4)}")
    """By which the mock's journal finds the answer."""
    state: str = "connecting"
    code: str | None = None
    viewer: Viewer | None = None
    task: asyncio.Task[None] | None = None

    @property
    def timeline(self) -> list[Seen]:
        """What the client has seen so far."""
        return self.viewer.timeline if self.viewer else []

    def start(self) -> None:
        """Begin to listen."""
        self.task = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """Ask the server to stop the answer; one without a name yet is left instead."""
        if self.viewer is not None and run_of(self.viewer) is not None:
            await self.viewer.stop()
        else:
            self.hang_up()

    def hang_up(self) -> None:
        """Be gone without a word, as a lost network is."""
        if self.task is not None and not self.task.done():
            self.state = "hung up"  # also where it has not begun to listen
            self.task.cancel()

    async def _listen(self) -> None:
        request = self.request
        message = f"{request.message} ({self.tag})\n\n{request.directive}"
        try:
            async with (
                asyncio.timeout(LONGEST_S),
                open_viewer(request.url, request.contract, headers=request.headers) as viewer,
            ):
                self.viewer, self.state = viewer, "connected"
                async for seen in viewer.ask(Turn(message=message)):
                    if seen.end:
                        self.state, self.code = seen.end, seen.code
                if self.state == "connected":
                    self.state = "lost"
        except (Failure, TimeoutError) as failure:
            self.state, self.code = "refused", str(failure) or "no end in time"
        except Exception:  # the page's outermost edge: the person is told, the log has the rest
            log.exception("a held answer could not be looked at")
            self.state = "lost"

    def to_json(self) -> Json:
        """For the page."""
        texts = [seen for seen in self.timeline if seen.text]
        return {
            "named": named(self.request.contract),
            "state": self.state,
            "code": self.code,
            "events": len(self.timeline),
            "pieces": len(texts),
            "text": "".join(seen.text or "" for seen in texts)[-2_000:],
            "over": self.task is not None and self.task.done(),
        }


class HeldClients:
    """One for each page; starting another hangs up the first. Past the bound the oldest goes."""

    def __init__(self, most: int = 100) -> None:
        self._most = most
        self._holdings: dict[str, HeldClient] = {}

    def of(self, session: str) -> HeldClient | None:
        """The page's client, if it has one."""
        return self._holdings.get(session)

    def leave(self, session: str) -> None:
        """The page was closed: its client is gone with it."""
        if holding := self._holdings.pop(session, None):
            holding.hang_up()

    async def start(self, session: str, request: HoldRequest) -> HeldClient:
        """Begin one for a page, in place of its earlier one; past the bound the oldest page's is
        ended."""
        await self._end(session)
        while len(self._holdings) >= self._most:
            await self._end(next(iter(self._holdings)))
        holding = self._holdings[session] = HeldClient(request)
        holding.start()
        return holding

    async def _end(self, session: str) -> None:
        holding = self._holdings.pop(session, None)
        if holding is not None and holding.task is not None:
            holding.hang_up()
            with contextlib.suppress(asyncio.CancelledError):
                await holding.task
