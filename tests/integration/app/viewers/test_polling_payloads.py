"""What a polling client sends in one request is all taken, or refused so that it is seen."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import playing, said
from tokentape.viewers.engine_payload import PACKETS_MAX

PLACE = "/socket.io/?EIO=4&transport=polling"
SEPARATOR = "\x1e"


class Polling:
    """A client of Engine.IO by hand, connected to `/ws`."""

    def __init__(self, http: httpx2.AsyncClient, sid: str) -> None:
        self.http = http
        self.place = f"{PLACE}&sid={sid}"

    async def send(self, body: str | bytes) -> httpx2.Response:
        return await self.http.post(self.place, content=body)

    async def packets(self) -> list[str]:
        return (await self.http.get(self.place)).text.split(SEPARATOR)


@asynccontextmanager
async def polling(folder: Path) -> AsyncIterator[Polling]:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(folder, upstream.url, room_events_per_s=10_000)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False, timeout=30) as http,
    ):
        sid = (await http.get(PLACE)).text.partition('"sid":"')[2].partition('"')[0]
        one = Polling(http, sid)
        assert (await one.send("40/ws,")).status_code == 200
        await one.packets()
        yield one
        assert (await http.get("/healthz")).status_code == 200


def messages(count: int) -> list[str]:
    """Events that are each acknowledged, under the numbers from 1 on."""
    return [
        f'42/ws,{number}["message:send",{{"roomId":"r","content":"{number}"}}]'
        for number in range(1, count + 1)
    ]


@pytest.mark.parametrize("count", [15, 16, 17, 300])
async def test_every_packet_of_a_request_is_taken(count: int, tmp_path: Path) -> None:
    async with polling(tmp_path) as one:
        join = '42/ws,0["room:join",{"roomId":"r"}]'
        sent = await one.send(SEPARATOR.join([join, *messages(count - 1)]))
        assert (sent.status_code, sent.text) == (200, "OK")
        told: list[str] = []
        while sum(packet.startswith("43/ws,") for packet in told) < count:
            told += await one.packets()
        said_there = [packet for packet in told if '"message:new"' in packet]
        assert len(said_there) == count - 1
        assert all(f'"content":"{n}"' in packet for n, packet in enumerate(said_there, 1))


UNREADABLE: dict[str, str | bytes] = {
    "too many": SEPARATOR.join(["42/ws,"] * (PACKETS_MAX + 1)),
    "an empty one among them": f"42/ws,{SEPARATOR}{SEPARATOR}42/ws,",
    "of no kind": "x",
    "of an unknown kind": "9",
    "not base64": "bA",
    "not UTF-8": b"42/ws,\xff",
    "JSONP without data": "d=",
}


@pytest.mark.parametrize("body", UNREADABLE.values(), ids=UNREADABLE)
async def test_request_that_cannot_be_read_is_refused_and_its_connection_ended(
    body: str | bytes, tmp_path: Path
) -> None:
    async with polling(tmp_path) as one:
        assert (await one.send(body)).status_code == 400
        assert (await one.send("3")).status_code == 400
