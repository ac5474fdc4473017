"""permessage-deflate: where the client offers it, for long messages alone."""

import asyncio
from pathlib import Path
from typing import Any

import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory
from websockets.frames import Frame, Opcode

from tests.integration.app.serving import Served, serving, settings_for
from tests.integration.app.upstream import playing, said

LONG = "so much to say, " * 200
OFFERS: dict[str, dict[str, Any]] = {
    "as browsers do": {"client_max_window_bits": True},
    "plain": {},
    "small windows": {"server_max_window_bits": 9, "client_max_window_bits": 9},
}


def url_of(app: Served) -> str:
    return f"ws{app.url.removeprefix('http')}/ws"


async def answered(one: ClientConnection, content: str) -> list[bool]:
    """Whether each text frame was compressed in which this message came back, and its answer."""
    compressed: list[bool] = []
    for extension in one.protocol.extensions:
        _watch(extension, compressed)
    data = {"roomId": "r", "content": content}
    await one.send(orjson.dumps({"event": "message:send", "data": data, "ackId": 1}).decode())
    told: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        while len(told) < 2:
            frame = orjson.loads(await one.recv())
            if frame.get("event") == "message:new" or frame.get("ackId") == 1:
                told.append(frame)
    texts = {one["data"].get("content") or one["data"]["message"]["content"] for one in told}
    assert texts == {content}
    return compressed


def _watch(extension: Extension, compressed: list[bool]) -> None:
    decode = type(extension).decode

    def seen(frame: Frame, **more: Any) -> Frame:
        if frame.opcode is Opcode.TEXT:
            compressed.append(frame.rsv1)
        return decode(extension, frame, **more)

    extension.decode = seen  # type: ignore[method-assign]  # it is given what came on the wire


async def joined(one: ClientConnection) -> None:
    await one.send('{"event": "room:join", "data": {"roomId": "r"}, "ackId": 0}')
    while "ackId" not in orjson.loads(await one.recv()):
        pass


@pytest.mark.parametrize("offer", OFFERS.values(), ids=OFFERS)
async def test_long_messages_are_compressed_and_short_ones_are_not(
    offer: dict[str, Any], tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        connect(
            url_of(app),
            proxy=None,
            compression=None,
            extensions=[ClientPerMessageDeflateFactory(**offer)],
        ) as one,
    ):
        assert one.response is not None
        agreed = one.response.headers["Sec-WebSocket-Extensions"]
        assert "server_no_context_takeover" in agreed
        assert "client_no_context_takeover" in agreed
        await joined(one)
        assert await answered(one, LONG) == [True, True]
        assert await answered(one, "short") == [False, False]


async def test_client_that_offers_nothing_gets_nothing_compressed(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        connect(url_of(app), proxy=None, compression=None) as one,
    ):
        await joined(one)
        assert await answered(one, LONG) == []


async def test_compression_can_be_turned_off(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, websocket_compress_bytes=0)) as app,
        connect(url_of(app), proxy=None) as one,
    ):
        assert one.response is not None
        assert "Sec-WebSocket-Extensions" not in one.response.headers
        await joined(one)
        assert await answered(one, LONG) == []


async def test_bomb_of_a_message_ends_its_connection(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        connect(url_of(app), proxy=None, max_size=None) as one,
    ):
        await joined(one)
        await one.send(" " * 50_000_000)  # some 50 kB on the wire
        await one.wait_closed()
        assert one.close_code == 1009
