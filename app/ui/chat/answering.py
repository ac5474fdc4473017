"""Answering: events as they come, handed on in frames that a browser can paint.

Knows nothing of Gradio: an iterator of events goes in, an iterator of lists of events comes out.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

T = TypeVar("T")


async def in_frames(
    events: AsyncIterator[T],
    shortest_s: Callable[[], float],
    left: asyncio.Event,
    *,
    clock: Callable[[], float] = time.monotonic,
) -> AsyncIterator[list[T]]:
    """Hand on what came, at once after a pause and otherwise once in `shortest_s()` seconds.

    Ends with the events, or as soon as `left` is set; raises what the events raised.
    """
    fresh: list[T] = []
    woken = asyncio.Event()

    async def read() -> None:
        try:
            async for event in events:
                fresh.append(event)
                woken.set()
        finally:
            woken.set()

    async def leave() -> None:
        await left.wait()
        woken.set()

    reader, leaver = asyncio.create_task(read()), asyncio.create_task(leave())
    due = clock()
    try:
        while not left.is_set():
            await woken.wait()
            if (pause := due - clock()) > 0:
                await asyncio.sleep(pause)
            woken.clear()
            ended = reader.done()
            if fresh:
                due = clock() + shortest_s()
                frame, fresh = fresh, []
                yield frame
            if ended:
                await reader
                return
    finally:
        for task in (leaver, reader):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task
