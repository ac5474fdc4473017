"""A mock on a real socket in the test's own event loop, for what only its inside can announce."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn

from mock_openai.http.player_protocol import PlayerProtocol
from mock_openai.server.app import create_app
from mock_openai.settings import Settings


class _Here(uvicorn.Server):
    """Ends when it is told to: uvicorn's own looks for that ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.over = asyncio.Event()

    async def main_loop(self) -> None:
        self.ready.set()
        await self.over.wait()


@asynccontextmanager
async def served_here(settings: Settings) -> AsyncIterator[str]:
    """Scheme, host and port of a mock with these settings, until the block is left."""
    config = uvicorn.Config(
        create_app(settings),
        http=PlayerProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        timeout_graceful_shutdown=1,
    )
    server = _Here(config)
    with socket.create_server((settings.host, 0)) as listening:
        task = asyncio.create_task(server.serve([listening]))
        ready = asyncio.create_task(server.ready.wait())
        await asyncio.wait((task, ready), return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            task.result()
            raise RuntimeError("the mock did not start")
        try:
            yield f"http://{settings.host}:{listening.getsockname()[1]}"
        finally:
            server.over.set()
            await task
