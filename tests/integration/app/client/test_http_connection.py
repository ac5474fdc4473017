"""An answer that is always about to come: heads and bodies that trickle without an end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest

from tests.harness.leaping import run_leaping
from tests.integration.app.client.raw import HEAD, raw
from tokentape.client.failures import Lost, TurnRefused, Unreachable
from tokentape.client.http_connection import HttpCall, HttpConnection
from tokentape.client.sse import SSEDecoder, TooLong
from tokentape.client.sse_client import SSEClient, SSEOptions

NEVER_SILENT_S = 0.5


@asynccontextmanager
async def trickling(beginning: bytes, more: bytes) -> AsyncIterator[str]:
    """A server that begins an answer and goes on with a little more, and a little more."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(beginning)
            while not reader.at_eof() and not writer.is_closing():
                writer.write(more)
                await writer.drain()
                # What it does is to take its time; the clock leaps.
                await asyncio.sleep(NEVER_SILENT_S)
        writer.close()
        left.set()

    left = asyncio.Event()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await server.wait_closed()
        await left.wait()


def test_a_head_that_never_ends_is_no_answer() -> None:
    async def ask() -> None:
        async with trickling(b"HTTP/1.1 200 OK\r\n", b"x-more: 1\r\n") as url:
            line = HttpConnection(connect_s=10.0, silence_s=10.0)
            with pytest.raises(Unreachable, match="its head never ends"):
                async with line.asked(HttpCall(method="GET", url=url)):
                    pass
            await line.close()

    run_leaping(ask())


def test_a_refusal_that_trickles_is_a_refusal_all_the_same() -> None:
    async def ask() -> None:
        head = b"HTTP/1.1 503 No\r\nContent-Type: text/html\r\n\r\n"
        async with trickling(head, b"<p>") as url:
            options = SSEOptions(max_retries=0, timeout=10.0, silence=10.0)
            async with SSEClient(HttpCall(method="GET", url=url), options) as client:
                with pytest.raises(TurnRefused, match="503"):
                    await client.join()

    run_leaping(ask())


def test_a_stream_may_trickle_as_long_as_it_likes() -> None:
    async def ask() -> None:
        beginning = HEAD + b"data: x\n\n"
        async with trickling(beginning, b": heartbeat\n\n") as url:
            options = SSEOptions(max_retries=0, timeout=10.0, silence=10.0)
            async with SSEClient(HttpCall(method="GET", url=url), options) as client:
                await anext(aiter(client))
                with pytest.raises(TimeoutError):  # longer than its silence, and it goes on
                    await asyncio.wait_for(client.join(), 60)

    run_leaping(ask())


@pytest.mark.parametrize("endless", [b"x", b"data: x\n", b"data\n", b"\xf0\x9f\x98\x80"])
def test_an_event_without_an_end_is_not_kept(endless: bytes) -> None:
    decoder = SSEDecoder(most=1_000)
    assert decoder.feed(b"data: " + endless * 100) == []
    with pytest.raises(TooLong, match="1,000 bytes"):
        decoder.feed(endless * 1_000)


def test_events_that_end_may_be_as_many_as_they_like() -> None:
    decoder = SSEDecoder(most=10)
    assert len(decoder.feed(b"data: 1234\n\n" * 1_000)) == 1_000


async def test_a_stream_of_one_endless_event_is_lost() -> None:
    async with raw([HEAD, *[b"x" * 1_000_000] * 20]) as server:
        call = HttpCall(method="POST", url=server.url)
        async with SSEClient(call, SSEOptions(max_retries=0)) as client:
            with pytest.raises(Lost, match="an event of more than"):
                await client.join()
