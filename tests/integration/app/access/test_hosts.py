"""A name that was bound to the server's address gets nowhere, by any transport."""

import asyncio
from pathlib import Path

import httpx2

from tests.integration.app.serving import serving, settings_for
from tests.unit.app.access.test_hosts import EVIL


async def test_a_name_that_was_bound_to_the_address_gets_nowhere_by_any_transport(
    tmp_path: Path,
) -> None:
    async with serving(settings_for(tmp_path, "http://127.0.0.1:9")) as app:
        async with httpx2.AsyncClient(base_url=app.url, headers={"Host": EVIL}) as http:
            for path in ("/healthz", "/socket.io/?EIO=4&transport=polling", "/ui"):
                answer = await http.get(path)
                assert answer.status_code == 421
                assert "not called evil.example; ALLOWED_HOSTS" in answer.json()["error"]["message"]
        assert await upgraded(app.url, "/ws/websocket", EVIL) == 421
        assert await upgraded(app.url, "/socket.io/?EIO=4&transport=websocket", EVIL) == 421
        assert await upgraded(app.url, "/socket.io/?EIO=4&transport=websocket", "localhost") == 101
        for two in (f"localhost\r\nHost: {EVIL}", "localhost\r\nHost: localhost"):
            assert await upgraded(app.url, "/healthz", two) == 400
        for path in ("/healthz", "/ws/websocket", "/ui"):
            assert await upgraded(app.url, path, None) == 400
            assert await upgraded(app.url, path, "") in (101, 200, 307, 403)
        assert await asked(app.url, "GET /healthz HTTP/1.0\r\n\r\n") == 200


async def upgraded(url: str, path: str, host: str | None) -> int:
    """The status that a WebSocket's handshake is answered with; None: without a `Host`."""
    named = "" if host is None else f"Host: {host}\r\n"
    return await asked(
        url,
        f"GET {path} HTTP/1.1\r\n{named}Upgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    )


async def asked(url: str, head: str) -> int:
    """The status that a request is answered with."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
    writer.write(head.encode())
    status = int((await reader.readline()).split()[1])
    writer.close()
    return status
