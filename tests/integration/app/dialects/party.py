"""People of one server who talk in rooms of `inference`, over Socket.IO or plain WebSockets."""

from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.integration.app.rooms.guest import Guest, Transport, guest
from tests.integration.app.serving import SECRET, Served, serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing
from tokentape.access.tokens import sign

ALICE, BOB = (sign(SECRET, name, 86_400, {}) for name in ("alice", "bob"))
HELLO = [{"role": "user", "content": "Hello"}]
HELD: Script = [HEAD, chunk("Hi"), Hold(), chunk(" there"), finish(), DONE]
TRANSPORTS: tuple[Transport, ...] = ("socketio", "websocket")
over_both = pytest.mark.parametrize("transport", TRANSPORTS)


class Party:
    """People of one server, over one transport."""

    def __init__(self, app: Served, transport: Transport, stack: AsyncExitStack) -> None:
        self.app = app
        self.transport = transport
        self._stack = stack

    async def come(self, user: str | None = None, token: str | None = None) -> Guest:
        auth = {"userId": user, "token": token}
        given = {name: value for name, value in auth.items() if value is not None}
        one = guest(self.app.url, "/ws", self.transport, given)
        return await self._stack.enter_async_context(one)

    async def join(self, user: str, room: str = "r", token: str | None = None) -> Guest:
        one = await self.come(user, token)
        assert (await one.call("room:join", roomId=room))["ok"]
        return one


@pytest.fixture(params=TRANSPORTS)
async def party(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """With an upstream that holds each answer after its first word until `released`."""
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        AsyncExitStack() as stack,
    ):
        one = Party(app, request.param, stack)
        one.upstream = upstream  # type: ignore[attr-defined]  # for the tests that stop or release
        yield one
