"""LiveKit's RoomService, as far as it is asked here: Twirp over HTTP, with the package's own types,
and no packet without a token that allows it.

https://twitchtv.github.io/twirp/docs/spec_v7.html
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from livekit.api import SendDataRequest, SendDataResponse, TokenVerifier

KEY, SECRET = "key-for-tests", "a-secret-for-livekit-tests-of-32-bytes"


@dataclass
class LiveKitServer:
    """`rooms` are those that there are; a `slow` one answers nothing until it is left."""

    rooms: set[str]
    url: str = ""
    packets: list[SendDataRequest] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    fail_with: list[str] = field(default_factory=list)
    """Codes of the next answers."""
    slow: bool = False
    left: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    _told: asyncio.Event = field(default_factory=asyncio.Event)

    async def until(self, true: Callable[[], bool]) -> None:
        """Looks again at each request."""
        async with asyncio.timeout(60):
            while not true():
                self._told.clear()
                await self._told.wait()

    async def send_data(self, request: web.Request) -> web.Response:
        self.asked += 1
        try:
            return await self._answer(request)
        finally:
            self._told.set()

    async def _answer(self, request: web.Request) -> web.Response:
        if self.slow:
            await self.left.wait()
        if self.fail_with:
            return self._error(503, self.fail_with.pop(0))
        send = SendDataRequest.FromString(await request.read())
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        try:
            grants = TokenVerifier(KEY, SECRET).verify(token).video
        except Exception as error:  # noqa: BLE001  # whatever the verifier finds wrong with it
            return self._error(401, "unauthenticated", str(error))
        if grants is None or not grants.room_admin or grants.room != send.room:
            return self._error(403, "permission_denied")
        if request.content_type != "application/protobuf":
            return self._error(404, "bad_route", request.content_type)
        if send.room not in self.rooms:
            return self._error(404, "not_found")
        self.packets.append(send)
        return web.Response(
            body=SendDataResponse().SerializeToString(), content_type="application/protobuf"
        )

    def _error(self, status: int, code: str, message: str = "no") -> web.Response:
        self.refused.append(code)
        return web.json_response({"code": code, "msg": message}, status=status)


@asynccontextmanager
async def livekit(*rooms: str) -> AsyncIterator[LiveKitServer]:
    server = LiveKitServer(set(rooms))
    app = web.Application()
    app.router.add_post("/twirp/livekit.RoomService/SendData", server.send_data)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    server.url = f"ws://127.0.0.1:{port}"
    try:
        yield server
    finally:
        server.left.set()
        await runner.cleanup()
