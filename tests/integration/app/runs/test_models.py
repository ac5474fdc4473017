"""The upstream's model list: asked for once, also while it can't be had."""

import asyncio
from pathlib import Path

from tests.integration.app.serving import settings_for
from tokentape.runs.upstream import Upstream


async def test_a_list_that_can_not_be_had_is_asked_for_once_by_all_who_wait(
    tmp_path: Path,
) -> None:
    asked = 0

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        upstream = Upstream(settings_for(tmp_path, f"http://127.0.0.1:{port}/v1"))
        assert await asyncio.gather(*(upstream.models() for _ in range(5))) == [()] * 5
        assert asked == 1
        await upstream.close()
