"""Connections that say nothing, too little or too much: each is ended, and the others go on."""

import asyncio
import logging
import resource
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from tests.integration.app.changes import until
from tests.integration.app.serving import Served, serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.server import connections
from tokentape.server.run import open_files
from tokentape.viewers.connection import Connection
from tokentape.viewers.packet_guard import ACTING_MAX

CHAT = "/api/v2/ai/chat/stream"
HELD: Script = [HEAD, chunk("a"), Hold(), finish(), DONE]
SOON = {"request_timeout_s": 0.5}
BODY = b'{"message": "Hi"}'


def post(length: int = len(BODY), path: str = CHAT) -> bytes:
    kind = "Content-Type: application/json"
    head = f"POST {path} HTTP/1.1\r\nHost: x.localhost\r\n{kind}\r\nContent-Length: {length}"
    return f"{head}\r\n\r\n".encode()


class Line:
    """A connection by hand."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def rest(self) -> bytes:
        """All that comes until the server ends the connection, however it does."""
        told = bytearray()
        async with asyncio.timeout(60):
            with suppress(ConnectionError):
                while data := await self.reader.read(65_536):
                    told += data
        return bytes(told)

    async def pour(self, data: bytes, most: int) -> int:
        """Write it again and again, until the server has had enough; how many bytes it took."""
        poured = 0
        with suppress(ConnectionError):
            while poured < most and not self.reader.at_eof():
                self.writer.write(data)
                poured += len(data)
                await self.writer.drain()
                await asyncio.sleep(0)
        return poured


@asynccontextmanager
async def line(app: Served) -> AsyncIterator[Line]:
    host, _, port = app.url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Line(reader, writer)
    finally:
        writer.close()


@asynccontextmanager
async def served(folder: Path, **given: Any) -> AsyncIterator[Served]:
    """An app that holds no connection afterwards, and that nothing was logged of."""
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(folder, upstream.url, **given)) as app,
    ):
        yield app
        await until(lambda: not app.server.server_state.connections)
        assert b"200 OK" in (await asked(app))


async def asked(app: Served) -> bytes:
    async with line(app) as one:
        one.write(post().replace(b"\r\nHost", b"\r\nConnection: close\r\nHost") + BODY)
        return await one.rest()


def refusal(told: bytes) -> tuple[int, Any]:
    head, _, body = told.partition(b"\r\n\r\n")
    return int(head.split()[1]), orjson.loads(body)["error"]["code"]


async def test_connection_that_never_says_anything_is_closed_without_a_word(tmp_path: Path) -> None:
    async with served(tmp_path, **SOON) as app, line(app) as silent, line(app) as used:
        used.write(post() + BODY)
        assert b"200 OK" in await used.reader.readuntil(b"\r\n")
        assert await silent.rest() == b""


NOT_WHOLE = {
    "a word": b"POST ",
    "half a head": post()[:-2],
    "no body": post(50_000),
    "half a body": post(50_000) + BODY[:5],
    "after empty lines": b"\r\n" * 9 + post()[:40],
}


async def test_request_that_does_not_come_whole_is_refused(tmp_path: Path) -> None:
    async def dripped(app: Served, begun: bytes) -> tuple[int, Any]:
        async with line(app) as slow:
            slow.write(begun)
            dripping = asyncio.create_task(drip(slow))
            try:
                return refusal(await slow.rest())
            finally:
                dripping.cancel()

    async def drip(slow: Line) -> None:
        with suppress(ConnectionError):
            while True:  # something always comes, but never enough
                slow.write(b"a")
                await slow.writer.drain()
                # Meanwhile another is answered: so often does the server look at what came.
                await beside.get("/healthz")

    async with served(tmp_path, **SOON) as app, AsyncExitStack() as stack:
        beside = await stack.enter_async_context(
            httpx2.AsyncClient(base_url=app.url, trust_env=False)
        )
        told = await asyncio.gather(*(dripped(app, begun) for begun in NOT_WHOLE.values()))
        assert dict(zip(NOT_WHOLE, told, strict=True)) == dict.fromkeys(
            NOT_WHOLE, (408, "BAD_REQUEST")
        )


async def test_long_body_may_take_longer_as_long_as_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PROGRESS_BYTES", 1_000)
    async with served(tmp_path, **SOON) as app, line(app) as sending:
        pieces = [b" " * 1_000, b" " * 1_000, b" " * 1_000 + BODY]
        sending.write(post(sum(map(len, pieces))))
        for piece in pieces:
            sending.write(piece)
            async with line(app) as silent:
                assert await silent.rest() == b""
        assert b"200 OK" in await sending.reader.readuntil(b"\r\n")


async def test_next_request_of_a_connection_must_come_whole_too(tmp_path: Path) -> None:
    async with served(tmp_path, **SOON) as app, line(app) as kept:
        kept.write(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in await kept.reader.readuntil(b"}")
        kept.write(post())
        assert refusal(await kept.rest()) == (408, "BAD_REQUEST")


async def test_answer_may_take_as_long_as_it_does(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, **SOON)) as app,
        line(app) as viewer,
        line(app) as silent,
    ):
        # The next request, which has begun already, is not read meanwhile and so is not late.
        viewer.write(post() + BODY + post())
        assert b'"content":"a"' in await viewer.reader.readuntil(b'"a"')
        for _ in range(2):
            async with line(app) as silent:
                assert await silent.rest() == b""
        upstream.released.set()
        assert b'"done":true' in await viewer.reader.readuntil(b"true")


async def test_head_without_end_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as app:
        for begun, more in (
            (b"GET /", b"x" * 60_000),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"x" * 60_000),
            (b"GET / HTTP/1.1\r\n", b"X: y\r\n" * 10_000),
            (b"", b"\r\n" * 30_000),
        ):
            async with line(app) as endless:
                endless.write(begun)
                assert await endless.pour(more, 30_000_000) < 20_000_000
                told = await endless.rest()
                # What was written meanwhile may cost the client the answer.
                assert not told or refusal(told) == (431, "BAD_REQUEST")


async def test_trailers_without_end_are_refused(tmp_path: Path) -> None:
    """What comes behind a body is stored as headers are, and would fill the memory."""
    begun = b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
    async with served(tmp_path) as app:
        for path in (CHAT, "/nothing/here"):
            head = post(0, path).replace(b"Content-Length: 0\r\n\r\n", begun)
            for first, more in ((b"", b"X: y\r\n" * 10_000), (b"X: ", b"y" * 60_000)):
                async with line(app) as endless:
                    endless.write(head + first)
                    assert await endless.pour(more, 30_000_000) < 20_000_000
        async with line(app) as few:
            chunked = begun.replace(b"5\r\nhello", b"%x\r\n%s" % (len(BODY), BODY))
            few.write(post(0).replace(b"Content-Length: 0\r\n\r\n", chunked))
            few.write(b"X: y\r\n\r\n")
            assert b"200 OK" in await few.reader.readuntil(b"\r\n")


PATHS = (CHAT, "/socket.io/?EIO=4&transport=polling", "/nothing/here", "/api/v1/inference/stream")


async def test_body_without_end_is_refused_wherever_it_goes(tmp_path: Path) -> None:
    async def declared(app: Served, path: str) -> None:
        async with line(app) as long:
            long.write(post(32_000_000, path))
            told = await long.rest()
            assert told.split()[1] in (b"413", b"404")
            # Who speaks on after the answer is not answered again.
            assert told.count(b"HTTP/1.1") == 1

    async def chunked(app: Served, path: str) -> None:
        async with line(app) as endless:
            head = post(0, path).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
            endless.write(head)
            chunk = b"fa00\r\n" + b"x" * 64_000 + b"\r\n"
            pouring = asyncio.create_task(endless.pour(chunk, 2**40))
            told = await endless.reader.readuntil(b"\r\n")
            pouring.cancel()
            assert told.split()[1] in (b"413", b"404", b"400")

    async with served(tmp_path, **SOON) as app:
        await asyncio.gather(*(declared(app, path) for path in PATHS))
        for path in PATHS:
            await chunked(app, path)


async def test_client_that_leaves_while_it_speaks_is_not_logged_as_our_failure(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as app:
        for path in (CHAT, "/api/v1/inference/stream", "/openai/chatCompletion"):
            async with line(app) as leaving:
                leaving.write(post(path=path) + BODY[:5])
                await until(lambda: bool(app.server.server_state.tasks))
        await until(lambda: not app.server.server_state.connections)
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_more_connections_than_may_be_are_turned_away_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    async with served(tmp_path, connections_max=5) as app, AsyncExitStack() as stack:
        five = [await stack.enter_async_context(line(app)) for _ in range(5)]
        await until(lambda: len(app.server.server_state.connections) == 5)
        told = await (await stack.enter_async_context(line(app))).rest()
        assert (refusal(told), b"retry-after: 5\r\n" in told) == ((503, "RATE_LIMIT"), True)
        five[0].write(post() + BODY)
        assert b"200 OK" in await five[0].reader.readuntil(b"\r\n")
        five[1].writer.close()
        await until(lambda: len(app.server.server_state.connections) == 4)
        async with line(app) as sixth:
            sixth.write(post() + BODY)
            assert b"200 OK" in await sixth.reader.readuntil(b"\r\n")
        await stack.aclose()


async def test_clients_that_poll_are_connections_too(tmp_path: Path) -> None:
    settings = {"connections_max": 3, "ping_interval_s": 60, "ping_timeout_s": 60}
    async with served(tmp_path, **settings) as app:
        place = f"{app.url}/socket.io/?EIO=4&transport=polling"
        async with httpx2.AsyncClient(trust_env=False) as http:
            answers = [await http.get(place) for _ in range(4)]
            assert [one.status_code for one in answers] == [200, 200, 200, 401]
            assert "as many connections" in answers[-1].text


def test_limit_of_open_files_is_raised_as_far_as_it_may_be() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (300, before[1]))
        open_files(400)
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (400, before[1])
        open_files(350)
        assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == 400
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_frame_that_is_too_big_ends_its_connection_alone(tmp_path: Path) -> None:
    async with served(tmp_path, request_timeout_s=5) as app:
        place = f"ws{app.url.removeprefix('http')}"
        for path in ("/ws", "/socket.io/?EIO=4&transport=websocket"):
            async with connect(place + path, proxy=None) as one:
                with suppress(ConnectionClosed):
                    await one.send("x" * 4_500_000)
                await one.wait_closed()
                assert one.close_code in (1009, 1006)


async def test_packet_that_promises_a_million_attachments_is_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as app, AsyncExitStack() as stack:
        one = await socketio_line(app.url, stack)
        placeholder = '{"_placeholder":true,"num":0}'
        many = ",".join([placeholder] * 30_000)
        for packet in (
            '451000000-["ai:chat",{"_placeholder":true,"num":999999}]',
            f'4530000-["ai:chat",[{many}]]',
            "4" + "5" * 500_000,
        ):
            await one.send(packet)
            await until_told(one, "BAD_REQUEST")


async def socketio_line(place: str, stack: AsyncExitStack) -> ClientConnection:
    """A raw Socket.IO connection to the namespace `/`."""
    url = f"ws{place.removeprefix('http')}/socket.io/?EIO=4&transport=websocket"
    one = await stack.enter_async_context(connect(url, proxy=None))
    await one.recv()
    await one.send("40")
    assert str(await one.recv()).startswith("40")
    return one


async def until_told(one: ClientConnection, word: str) -> None:
    async with asyncio.timeout(60):
        while word not in str(await one.recv()):
            pass


ODD_PACKETS = (
    "0/nowhere,",
    "0/ws,{nonsense",
    "0/ws,[]",
    "1/nowhere,",
    "3",
    "3/nowhere,7[]",
    '30["never asked"]',
    "4",
    '4/ws,"refused"',
    "7",
    "x",
    '2/nowhere,1["ai:chat",{}]',
    '2/ai,1["chat:start",{}]',
    "2" + "9" * 200,
    "2-[]",
)


async def test_odd_packets_leave_the_connection_and_are_not_our_failures(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with served(tmp_path) as app, AsyncExitStack() as stack:
        one = await socketio_line(app.url, stack)
        for packet in ODD_PACKETS:
            await one.send(f"4{packet}")
        await one.send('427["nonsense",{}]')
        await until_told(one, '"There is no event `nonsense`')
    assert [one for one in caplog.records if one.levelno >= logging.WARNING] == []


async def test_events_that_take_long_are_acted_on_so_many_at_once(tmp_path: Path) -> None:
    async with served(tmp_path) as app, AsyncExitStack() as stack:
        one, other = [await socketio_line(app.url, stack) for _ in range(2)]
        begun, let_go, full = 0, asyncio.Event(), asyncio.Event()

        async def slow(_connection: Connection, _payload: Any) -> None:
            nonlocal begun
            begun += 1
            if begun == ACTING_MAX:
                full.set()
            await let_go.wait()

        app.app.core.sockets.table.on("/", "slow", slow, lambda fault, _: ("error", {}))
        for _ in range(3 * ACTING_MAX):
            await one.send('42["slow",{}]')
        async with asyncio.timeout(60):
            await full.wait()
        await other.send('421["nonsense",{}]')
        await until_told(other, "no event")
        assert begun == ACTING_MAX
        let_go.set()
        await one.send('421["nonsense",{}]')
        await until_told(one, "no event")
        assert begun == 3 * ACTING_MAX
