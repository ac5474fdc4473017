"""Answering: events come in frames, none is lost, and whoever leaves is let go."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from app.ui.chat.answering import in_frames


async def listed(*events: int) -> AsyncIterator[int]:
    for event in events:
        yield event


async def test_events_that_come_at_once_make_one_frame() -> None:
    frames = [frame async for frame in in_frames(listed(1, 2, 3), lambda: 0, asyncio.Event())]
    assert frames == [[1, 2, 3]]


async def test_an_event_after_a_pause_is_handed_on_at_once() -> None:
    gate = asyncio.Event()

    async def events() -> AsyncIterator[int]:
        yield 1
        await gate.wait()
        yield 2

    frames = in_frames(events(), lambda: 0, asyncio.Event())
    assert await anext(frames) == [1]
    gate.set()
    assert await anext(frames) == [2]
    assert [frame async for frame in frames] == []


async def test_what_the_events_raise_is_raised_after_what_came_before() -> None:
    async def events() -> AsyncIterator[int]:
        yield 1
        raise LookupError("gone")

    frames = in_frames(events(), lambda: 0, asyncio.Event())
    assert await anext(frames) == [1]
    with pytest.raises(LookupError, match="gone"):
        await anext(frames)


async def test_leaving_ends_the_frames_while_the_events_are_silent() -> None:
    closed = asyncio.Event()

    async def silence() -> AsyncIterator[int]:
        try:
            await asyncio.Event().wait()
            yield 1
        finally:
            closed.set()

    left = asyncio.Event()
    waiting = asyncio.ensure_future(anext(in_frames(silence(), lambda: 0, left), None))
    await asyncio.sleep(0)
    left.set()
    assert await waiting is None
    assert closed.is_set()


async def test_closing_the_frames_closes_the_events() -> None:
    closed = asyncio.Event()

    async def events() -> AsyncIterator[int]:
        try:
            yield 1
            await asyncio.Event().wait()
        finally:
            closed.set()

    frames = in_frames(events(), lambda: 0, asyncio.Event())
    assert await anext(frames) == [1]
    await frames.aclose()  # type: ignore[attr-defined] # an async generator, seen as an iterator
    assert closed.is_set()
