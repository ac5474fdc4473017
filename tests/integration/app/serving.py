"""The app under test, on a real socket, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import uvicorn
from sqlalchemy import func, select

from tests.integration.app.changes import CHANGES, NotedSet
from tests.integration.app.databases import empty_database
from tests.unit.app.secret import SECRET as SECRET
from tokentape.access.tokens import sign
from tokentape.client.factory import open_viewer
from tokentape.client.turn import Turn, TurnRefused
from tokentape.client.viewer import Viewer, conversation_of, run_of, verdict_of
from tokentape.contract.contract import Contract, Outcome
from tokentape.contract.verdict import NOTHING_EXPECTED, Expectation, Verdict
from tokentape.dialects.contracts import CONTRACTS
from tokentape.dialects.servers import SERVERS
from tokentape.server.app import App, create_app
from tokentape.server.run import Server, config_of, listen, url_of
from tokentape.settings import Settings
from tokentape.store.conversations import Message
from tokentape.store.database import open_engine
from tokentape.store.tables import MESSAGES

SPOKEN = [contract for contract in CONTRACTS.values() if contract.dialect in SERVERS]
CONVERSING = [
    contract for contract in SPOKEN if contract.conversation and not contract.names_conversation
]
"""Those whose server knows what was said before. Where the client makes up the id, it brings all
that was said, and the id is a label of the caller's: see the dialects' own tests."""
every_contract = pytest.mark.parametrize("contract", SPOKEN, ids=lambda contract: contract.key)
for_anybody = pytest.mark.parametrize(
    "contract",
    [contract for contract in SPOKEN if not contract.needs_token],
    ids=lambda contract: contract.key,
)
every_conversation = pytest.mark.parametrize(
    "contract", CONVERSING, ids=lambda contract: contract.key
)


class Quick(Server):
    """Ends when it is told to: uvicorn's own looks for that ten times a second."""

    def __init__(self, config: uvicorn.Config, app: App) -> None:
        super().__init__(config, app, None)
        self.ready = asyncio.get_running_loop().create_future()
        self.ended = asyncio.Event()
        self.server_state.connections = NotedSet(CHANGES)
        self.server_state.tasks = NotedSet(CHANGES)

    async def main_loop(self) -> None:
        self.ready.set_result(None)
        await self.on_tick(0)
        await self.ended.wait()


@dataclass
class Served:
    url: str
    app: App
    server: Quick

    async def stored(self, viewer: Viewer) -> list[Message]:
        """The messages of the conversation that the viewer's latest answer belongs to."""
        store, run = self.app.core.turns.store, run_of(viewer)
        place = await store.run_owner(run) if run else None
        assert place is not None
        return await store.messages(place.dialect, place.id, 100)

    async def count_messages(self) -> int:
        """Of all conversations, read past the store."""
        engine = open_engine(self.app.core.settings.database_url)
        async with engine.connect() as connection:
            found = await connection.execute(select(func.count()).select_from(MESSAGES))
        await engine.dispose()
        return int(found.scalar_one())

    def viewer(self, contract: Contract, token: str | None = None) -> Viewer:
        """As `token` says; without one, signed in as somebody where nobody else is answered."""
        headers = {} if token else signed(contract)
        return open_viewer(self.url, contract, token=token, read_timeout_s=60, headers=headers)


def signed(contract: Contract) -> dict[str, str]:
    """The headers of a caller, with a token where none is answered without one."""
    if not contract.needs_token:
        return {}
    return {"Authorization": f"Bearer {sign(SECRET, 'tester', 86_400, {})}"}


def settings_for(folder: Path, upstream_url: str, **given: Any) -> Settings:
    return Settings(
        **{
            "openai_base_url": upstream_url,
            "database_url": given.get("database_url") or empty_database(folder),
            "jwt_secret": SECRET,
            "rate_limit_anonymous": "off",
            "rate_limit_authenticated": "off",
            "shutdown_grace_s": 0,
            **given,
        }
    )


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Served]:
    listening = listen(settings.host, 0)
    app = create_app(settings, page=False)
    server = Quick(config_of(app), app)
    task = asyncio.create_task(server.serve([listening]))
    try:
        await asyncio.wait((task, server.ready), return_when=asyncio.FIRST_COMPLETED)
        if not server.ready.done():
            task.result()
            raise RuntimeError("the app did not start")
        yield Served(url_of(listening), app, server)
    finally:
        server.ended.set()
        await task


async def watched(viewer: Viewer, turn: Turn, expected: Expectation = NOTHING_EXPECTED) -> Verdict:
    """Ask, look until the end, and judge."""
    async for _ in viewer.ask(turn):
        pass
    return verdict_of(viewer, expected)


class Failure(NamedTuple):
    """A turn that failed: its code, its HTTP status where it never became a stream, and all that
    the client was told."""

    code: str | None
    status: int | None
    told: str


async def failing(viewer: Viewer, turn: Turn) -> Failure:
    """Ask for what must fail, before the stream or in it."""
    try:
        verdict = await watched(viewer, turn, Expectation(outcome="failed"))
    except TurnRefused as http:
        return Failure(http.code, http.status, http.message)
    assert verdict.violations == ()
    return Failure(verdict.code, None, repr(viewer.timeline))


def returning(turn: Turn, viewer: Viewer) -> Turn:
    """The same turn for whoever comes to this viewer's answer by another connection."""
    return replace(turn, conversation=conversation_of(viewer))


def outcome_of_a_stop(contract: Contract) -> Outcome:
    """What a stopped answer looks like: some dialects have no word of their own for it."""
    told = any(kind.end == "stopped" for kind in contract.kinds)
    return "stopped" if told else "completed"


def conversation(viewer: Viewer) -> str:
    found = conversation_of(viewer)
    assert found is not None
    return found
