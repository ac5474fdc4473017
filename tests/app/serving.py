"""The app under test, on a real socket, in the test's own event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvicorn

from app.client.open import open_viewer
from app.client.turn import Turn
from app.client.viewer import Viewer, conversation_of, verdict_of
from app.contract.contract import Contract
from app.contract.verdict import NOTHING_EXPECTED, Expectation, Verdict
from app.dialects.contracts import CONTRACTS
from app.dialects.servers import SERVERS
from app.serving import CutHttp, CutWebSocket, Server, listen, url_of
from app.settings import Settings
from app.store.store import Message
from app.web import App, create_app

SECRET = "0123456789abcdef-a-secret-for-tests-only"
SPOKEN = [contract for contract in CONTRACTS.values() if contract.dialect in SERVERS]


@dataclass
class Served:
    url: str
    app: App
    server: Server

    async def messages(self, contract: Contract, conversation: str) -> list[Message]:
        return await self.app.core.turns.store.messages(contract.dialect, conversation, 100)

    def viewer(self, contract: Contract, token: str | None = None) -> Viewer:
        return open_viewer(self.url, contract, token=token, read_timeout_s=10)


def settings_for(folder: Path, upstream_url: str, **given: Any) -> Settings:
    return Settings(
        **{
            "openai_base_url": upstream_url,
            "database_url": f"sqlite:///{folder / 'app.db'}",
            "jwt_secret": SECRET,
            "rate_limit_anonymous": "off",
            "rate_limit_authenticated": "off",
            "shutdown_grace_s": 0,
            **given,
        }
    )


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Served]:
    listening = listen("127.0.0.1", 0)
    app = create_app(settings, page=False)
    config = uvicorn.Config(
        app,
        http=CutHttp,
        ws=CutWebSocket,
        lifespan="on",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = Server(config, app, None)
    task = asyncio.create_task(server.serve([listening]))
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("the app did not start")
            await asyncio.sleep(0.005)
        yield Served(url_of(listening), app, server)
    finally:
        server.should_exit = True
        await task


async def watched(viewer: Viewer, turn: Turn, expected: Expectation = NOTHING_EXPECTED) -> Verdict:
    """Ask, look until the end, and judge."""
    async for _ in viewer.ask(turn):
        pass
    return verdict_of(viewer, expected)


def conversation(viewer: Viewer) -> str:
    found = conversation_of(viewer)
    assert found is not None
    return found
