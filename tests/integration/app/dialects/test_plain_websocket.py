"""`inference` over a plain WebSocket: its frames, its pings, and whose pages may open one."""

import asyncio
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import playing, said


async def pinged(socket: ClientConnection, times: int) -> None:
    """Wait for so many of the server's pings."""
    pings = asyncio.Semaphore(0)
    frames = socket.protocol.recv_frame

    def see(frame: Frame) -> None:
        if frame.opcode is Opcode.PING:
            pings.release()
        frames(frame)

    socket.protocol.recv_frame = see  # type: ignore[method-assign]  # it tells nobody
    async with asyncio.timeout(60):
        for _ in range(times):
            await pings.acquire()


async def test_plain_websocket_has_the_frames_of_the_protocol(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, websocket_ping_s=0.1)) as app,
    ):
        place = f"ws{app.url.removeprefix('http')}/ws"
        async with connect(place, proxy=None) as socket:
            await socket.send('{"event": "auth", "data": {"userId": "ann"}}')
            await socket.send('{"event": "room:join", "data": {"roomId": "r"}, "ackId": "a"}')
            assert (
                await socket.recv() == '{"event":"room:join","data":{"userId":"ann","roomId":"r"}}'
            )
            assert await socket.recv() == (
                '{"ackId":"a","data":{"ok":true,"roomId":"r","userId":"ann","members":'
                '[{"userId":"ann","status":"online"}],"recent":[]}}'
            )
            # Without an ackId there is no acknowledgement.
            await socket.send('{"event": "typing:start", "data": {"roomId": "r"}}')
            await socket.send('{"event": "nonsense", "ackId": 0}')
            assert '"event":"error"' in str(await socket.recv())
            assert str(await socket.recv()).startswith('{"ackId":0,"data":{"ok":false')
            await pinged(socket, 2)  # which the client answers by itself
            await (await socket.ping())
        async with connect(place, proxy=None) as socket:
            await socket.send('{"event": "auth", "data": {"token": "nonsense"}}')
            assert '"code":"UNAUTHORIZED"' in str(await socket.recv())
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "unauthorized")


async def test_plain_websocket_gives_up_who_does_not_answer_its_pings(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, websocket_ping_s=0.05)) as app,
    ):
        app.server.config.ws_ping_timeout = 0.05
        async with connect(f"ws{app.url.removeprefix('http')}/ws", proxy=None) as socket:
            take = socket.protocol.recv_frame

            def ignore(frame: Frame) -> None:
                if frame.opcode is not Opcode.PING:
                    take(frame)

            socket.protocol.recv_frame = ignore  # type: ignore[method-assign]  # it always answers
            async with asyncio.timeout(60):
                with pytest.raises(ConnectionClosed) as closed:
                    await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.reason == "keepalive ping timeout"


async def test_plain_websocket_takes_the_origins_that_http_takes(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        place = f"ws{app.url.removeprefix('http')}/ws"
        async with connect(place, proxy=None, origin="http://localhost:3000"):  # type: ignore[arg-type]
            pass
        with pytest.raises(InvalidStatus) as refused:
            async with connect(place, proxy=None, origin="https://evil.example"):  # type: ignore[arg-type]
                pass
        assert refused.value.response.status_code == 403
