"""Asks the mock's journal what it was scripted to say in an answer, and when it wrote it."""

import asyncio
import time
from collections.abc import Callable

from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.mock_auth import root_of
from tokentape.client.http_connection import HttpConnection
from tokentape.client.mock_admin import FORBIDDEN, MockAdmin, MockFault
from tokentape.contract.script import Script, script_of

_ENTRIES = 20
_SETTLE_S = 2.0
"""So long a mock may take to notice that its client has gone."""

_FIRST_S, _LATER_S = 0.01, 0.2
"""How often it is asked: at first, and when it takes long."""


_SHUT = {
    False: "The mock at {url} wants an admin token: give it as --mock-token.",
    True: "The mock at {url} does not take the admin token that was given as --mock-token.",
}
"""By whether a token was shown."""


class Journal:
    """The journal of the mock at `url`, its root, which is shown `token` where it wants one. Use as
    an async context manager."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._mock = MockAdmin(root_of(url), token)
        self._line = HttpConnection(connect_s=5.0, silence_s=10.0)

    async def __aenter__(self) -> "Journal":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._line.close()

    async def script(
        self, tag: str, from_ns: int, settled: Callable[[Script], bool] = lambda _: True
    ) -> Script:
        """The script of the answer that was asked for with this tag since `from_ns`.

        Waits a little for `settled`. Raises `CouldNotRun` when the mock knows of no such answer.
        """
        until_ns = time.monotonic_ns() + int(_SETTLE_S * 1e9)
        every_s = _FIRST_S
        while True:
            late = time.monotonic_ns() >= until_ns
            try:
                found = await self._find(tag, from_ns)
            except MockFault as fault:
                if fault.reason != "silent" or late:
                    raise CouldNotRun(self._words(fault)) from fault
                found = None
            if found is not None and (settled(found) or late):
                return found
            if late:
                raise CouldNotRun(
                    f"The mock at {self._mock.url} was not asked for this answer: is it the"
                    " upstream of the server that is checked?"
                )
            await asyncio.sleep(every_s)
            every_s = min(2 * every_s, _LATER_S)

    async def _find(self, tag: str, from_ns: int) -> Script | None:
        entries = await self._mock.entries(tag, limit=_ENTRIES, frames=True, over=self._line)
        within = [
            entry
            for entry in entries
            # What is streamed again is the rest of an answer, not one of its own.
            if entry.started_ns >= from_ns and entry.endpoint != "responses.retrieve"
        ]
        return script_of(within[0].raw) if within else None

    def _words(self, fault: MockFault) -> str:
        url = self._mock.url
        if fault.reason == "silent":
            return f"The mock does not answer ({fault.__cause__}): start it, or leave --mock out."
        if fault.status == FORBIDDEN:
            return _SHUT[bool(self._mock.token)].format(url=url)
        if fault.status != 200:
            return (
                f"{url} answers {fault.status} where a mock-openai has its journal:"
                " --mock takes the root URL of the mock that is the server's upstream."
            )
        return f"{url} has no journal: is it a mock-openai?"
