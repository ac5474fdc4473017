"""The page on a real socket, as a visitor without any browser meets it."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import httpx2

from tests.integration.app.databases import empty_database
from tests.integration.app.serving import Quick
from tokentape.server.app import create_app
from tokentape.server.run import config_of, listen, url_of
from tokentape.settings import Settings

ADMIN_TOKEN = "a-token-of-whoever-runs-it"
_numbers = count()


@dataclass
class Visitor:
    """Whoever has loaded the page: its cookie, and what the page says that it has."""

    http: httpx2.AsyncClient
    config: Mapping[str, Any]
    session: str

    def join(self, **given: Any) -> dict[str, Any]:
        """The body of an event, with what a test puts in its place."""
        return {"data": [], "fn_index": 0, "session_hash": self.session, **given}

    async def post(self, path: str, body: object, **headers: str) -> httpx2.Response:
        """`body` as JSON, or as it is where it is bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        return await self.http.post(
            path, content=content, headers={"Content-Type": "application/json", **headers}
        )

    def listeners(self) -> list[Mapping[str, Any]]:
        """The page's listeners, each with the components of its inputs."""
        return [each for each in self.config["dependencies"] if each["backend_fn"]]

    def functions(self) -> list[tuple[int, str]]:
        """The functions of the page's components."""
        return [
            (part["id"], name)
            for part in self.config["components"]
            for name in part["props"].get("server_fns") or ()
        ]

    def named(self, elem_id: str) -> int:
        """A component's number."""
        found = [one for one in self.config["components"] if one["props"].get("elem_id") == elem_id]
        assert len(found) == 1
        return int(found[0]["id"])


@asynccontextmanager
async def served(folder: Path, **given: Any) -> AsyncIterator[str]:
    """The root URL of a server with the page."""
    settings = Settings(
        **{
            "openai_base_url": "http://127.0.0.1:9/v1",
            "database_url": empty_database(folder),
            "jwt_secret": "0123456789abcdef-a-secret-for-tests-only",
            "admin_token": ADMIN_TOKEN,
            "mock_url": "http://127.0.0.1:9",
            "shutdown_grace_s": 0,
            **given,
        }
    )
    listening = listen("127.0.0.1", 0)
    app = create_app(settings)
    server = Quick(config_of(app), app)
    task = asyncio.create_task(server.serve([listening]))
    try:
        await asyncio.wait((task, server.ready), return_when=asyncio.FIRST_COMPLETED)
        yield url_of(listening)
    finally:
        server.ended.set()
        await task


@asynccontextmanager
async def visiting(url: str, session: str | None = None) -> AsyncIterator[Visitor]:
    """A visitor with a right of their own, on a page of its own unless it is named."""
    session = session or f"visitor-{next(_numbers)}"
    async with httpx2.AsyncClient(base_url=f"{url}/ui", timeout=20) as http:
        config = (await http.get("/config")).json()
        yield Visitor(http, config, session)


@asynccontextmanager
async def open_page(visitor: Visitor) -> AsyncIterator[None]:
    """The visitor's page is open: its heartbeat is there."""
    async with visitor.http.stream("GET", f"/gradio_api/heartbeat/{visitor.session}") as beat:
        assert beat.status_code == 200
        lines = beat.aiter_lines()  # the stream ends when it is let go
        assert await anext(lines)
        yield
        del lines
