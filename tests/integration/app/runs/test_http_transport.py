"""The upstream's connections: kept when an answer was read to its end, and never after anything
else."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tokentape.runs.http_transport import HEAD_MAX_BYTES, Transport

WHOLE = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE
UNTIL_CLOSE = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"


@asynccontextmanager
async def saying(*answers: bytes) -> AsyncIterator[tuple[str, list[int]]]:
    """One answer a request; gives the URL, and for each request the number of its connection.
    An answer that does not end by itself is followed by the connection's end."""
    left = list(answers)
    connections: list[int] = []
    count = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal count
        count += 1
        mine = count
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                connections.append(mine)
                answer = left.pop(0)
                writer.write(answer)
                if not answer.endswith(b"0\r\n\r\n"):
                    return
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/", connections
    finally:
        server.close()


@asynccontextmanager
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    transport = Transport(ssl.create_default_context(), connect_timeout_s=5)
    async with httpx2.AsyncClient(transport=transport) as one:
        yield one


@pytest.mark.parametrize("answer", [WHOLE, CONTINUED, UNTIL_CLOSE])
async def test_body_is_what_was_sent(answer: bytes) -> None:
    async with saying(answer) as (url, _), client() as one:
        assert (await one.get(url)).content == b"abc"


async def test_connection_is_used_again_after_a_whole_answer() -> None:
    async with saying(WHOLE, CONTINUED, WHOLE) as (url, connections), client() as one:
        for _ in range(3):
            assert (await one.get(url)).content == b"abc"
        assert connections == [1, 1, 1]


async def test_connection_whose_answer_was_not_read_is_not_used_again() -> None:
    async with saying(WHOLE, WHOLE) as (url, connections), client() as one:
        async with one.stream("GET", url):
            pass
        assert (await one.get(url)).content == b"abc"
        assert connections == [1, 2]


async def test_connection_that_said_too_much_is_not_used_again() -> None:
    async with saying(WHOLE + b"more 0\r\n\r\n", WHOLE) as (url, connections), client() as one:
        assert (await one.get(url)).content == b"abc"
        assert (await one.get(url)).content == b"abc"
        assert connections == [1, 2]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
        b"HTTP/1.1 200",
        b"",
        b"nonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Filler: 0\r\n" * (HEAD_MAX_BYTES // 10),
    ],
)
async def test_answer_that_breaks_off_is_an_error(answer: bytes) -> None:
    async with saying(answer) as (url, _), client() as one:
        with pytest.raises(httpx2.TransportError):
            await one.get(url)


async def test_server_that_is_not_there_is_an_error() -> None:
    async with saying() as (url, _):
        pass
    async with client() as one:
        with pytest.raises(httpx2.ConnectError):
            await one.get(url)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_used_connection_that_closes_before_any_byte_is_tried_again_once(
    method: str,
) -> None:
    async with saying(WHOLE, b"", WHOLE) as (url, connections), client() as one:
        assert (await one.request(method, url)).content == b"abc"
        assert (await one.request(method, url)).content == b"abc"
        assert connections == [1, 1, 2]


async def test_it_is_not_tried_a_third_time() -> None:
    async with saying(WHOLE, b"", b"", WHOLE) as (url, connections), client() as one:
        assert (await one.get(url)).content == b"abc"
        with pytest.raises(httpx2.RemoteProtocolError):
            await one.get(url)
        assert connections == [1, 1, 2]


async def test_a_fresh_connection_that_closes_is_not_tried_again() -> None:
    async with saying(b"", WHOLE) as (url, connections), client() as one:
        with pytest.raises(httpx2.RemoteProtocolError):
            await one.get(url)
        assert connections == [1]


async def test_a_used_connection_that_closes_amid_the_head_is_not_tried_again() -> None:
    async with saying(WHOLE, b"HTTP/1.1 200", WHOLE) as (url, connections), client() as one:
        assert (await one.get(url)).content == b"abc"
        with pytest.raises(httpx2.RemoteProtocolError):
            await one.get(url)
        assert connections == [1, 1]
