"""A connection that takes nothing for too long is cut."""

import asyncio

import pytest
from starlette.types import Message, Receive, Scope, Send

from tokentape.viewers.send_timeout import ABORT, SendTimeout


async def speaks(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "http.response.start"})


async def nothing_comes() -> Message:
    raise AssertionError


async def never(_message: Message) -> None:
    await asyncio.Event().wait()


async def test_a_connection_that_takes_nothing_is_cut_with_what_it_buffers() -> None:
    cut, slow = asyncio.Event(), list[Scope]()
    scope: Scope = {"type": "http", "extensions": {ABORT: cut.set}}
    asgi = SendTimeout(speaks, 0.01, slow.append)
    answering = asyncio.create_task(asgi(scope, nothing_comes, never))
    async with asyncio.timeout(60):
        await cut.wait()
    assert slow == [scope]
    answering.cancel()


async def test_without_the_extension_its_task_is_cancelled() -> None:
    slow = list[Scope]()
    scope: Scope = {"type": "http"}
    asgi = SendTimeout(speaks, 0.01, slow.append)
    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(asgi(scope, nothing_comes, never))
    assert slow == [scope]


async def test_what_is_taken_in_time_is_left_alone() -> None:
    taken, slow = list[Message](), list[Scope]()

    async def take(message: Message) -> None:
        taken.append(message)

    await SendTimeout(speaks, 60, slow.append)({"type": "http"}, nothing_comes, take)
    assert (taken, slow) == ([{"type": "http.response.start"}], [])
