"""What every tape must do; each backend of `runs/tape_backends.py` is one more row of `TAPES`."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable

import pytest

from tokentape.runs.events import (
    Completed,
    Event,
    Finished,
    PartEnded,
    PartStarted,
    Reasoning,
    ReasoningEnded,
    ReasoningStarted,
    Stopped,
    Text,
    ToolCallArguments,
    ToolCallEnded,
    ToolCallStarted,
    UserMessageStored,
)
from tokentape.runs.memory_tape import EVENT_BYTES, TEXT_BYTES, TOGETHER_BYTES, MemoryTapes
from tokentape.runs.tape import Label, Tape, TapeFull, Tapes, TapesFull

END = Completed("m", "stop", 3, "gpt-4")
LONG_S = 60.0

MakeTapes = Callable[..., Tapes]


def memory(
    ttl_s: float = LONG_S, max_bytes_each: int = 1_000_000, max_bytes: int = 1_000_000
) -> Tapes:
    return MemoryTapes(ttl_s=ttl_s, max_bytes_each=max_bytes_each, max_bytes=max_bytes)


TAPES: dict[str, MakeTapes] = {"memory": memory}


@pytest.fixture(params=TAPES)
async def make(request: pytest.FixtureRequest) -> AsyncIterator[MakeTapes]:
    made: list[Tapes] = []

    def one(**bounds: float) -> Tapes:
        made.append(TAPES[request.param](**bounds))
        return made[-1]

    yield one
    for tapes in made:
        await tapes.close()


def label(run_id: str) -> Label:
    return Label(run_id, "ai-chat", "c", None, "m", "gpt-4")


async def recorded(tapes: Tapes, run_id: str, *events: Event) -> Tape:
    tape = await tapes.create(label(run_id))
    await tape.append(events, 5)
    return tape


async def test_entries_are_numbered_from_zero_without_gaps(make: MakeTapes) -> None:
    tape = await recorded(make(), "r", Text("a"), Text("b"))
    await tape.append([END], 9)
    entries = await tape.read(-1, 10, LONG_S)
    assert [tuple(entry) for entry in entries] == [
        (0, 5, Text("a")),
        (1, 5, Text("b")),
        (2, 9, END),
    ]
    assert (await tape.length(), await tape.ended()) == (3, True)


async def test_reader_gets_what_follows_its_position_up_to_its_limit(make: MakeTapes) -> None:
    tape = await recorded(make(), "r", *[Text(str(n)) for n in range(10)])
    assert [entry.seq for entry in await tape.read(3, 4, LONG_S)] == [4, 5, 6, 7]


async def test_what_is_no_text_stands_where_it_was_said_and_is_none_of_the_text(
    make: MakeTapes,
) -> None:
    events: list[Event] = [
        ReasoningStarted("m-0"),
        PartStarted("m-0", "reasoning"),
        Reasoning("hm"),
        PartEnded("m-0", "reasoning"),
        ReasoningEnded("m-0"),
        PartStarted("m", "text"),
        Text("Hello"),
        PartEnded("m", "text"),
        ToolCallStarted("a", "f"),
        ToolCallArguments("a", "{}"),
        ToolCallEnded("a"),
        END,
    ]
    tape = await recorded(make(), "r", *events[:7])
    await tape.append(events[7:], 6)
    assert [entry.event for entry in await tape.read(-1, 20, LONG_S)] == events
    assert [entry.event for entry in await tape.read(1, 3, LONG_S)] == events[2:5]
    assert await tape.text() == "Hello"


@pytest.mark.parametrize("said", [Reasoning("r" * 500), ToolCallArguments("a", "1" * 500)])
async def test_reasoning_and_arguments_have_no_more_room_than_text(
    said: Event, make: MakeTapes
) -> None:
    tape = await recorded(make(max_bytes_each=3_000), "r", ToolCallStarted("a", "f"), said)
    with pytest.raises(TapeFull):
        await tape.append([said, said], 6)
    await tape.append([ToolCallEnded("a", whole=False), Stopped("m", "requested")], 7)
    assert await tape.length() == 4


async def test_old_entries_are_the_ones_that_were_appended(make: MakeTapes) -> None:
    tape = await recorded(make(), "r", UserMessageStored("u", "hi"), Text("ä"))
    await tape.append([Text("€"), Text("\ud83d")], 6)  # half of a pair, as broken upstreams send
    await tape.append([Text("x"), Finished("stop")], 7)
    await tape.append([END], 8)
    whole = [
        (0, 5, UserMessageStored("u", "hi")),
        (1, 5, Text("ä")),
        (2, 6, Text("€")),
        (3, 6, Text("\ud83d")),
        (4, 7, Text("x")),
        (5, 7, Finished("stop")),
        (6, 8, END),
    ]
    for after in range(-1, 7):
        for limit in (1, 3, 9):
            entries = await tape.read(after, limit, LONG_S)
            assert [tuple(entry) for entry in entries] == whole[after + 1 :][:limit]
    assert await tape.text() == "ä€\ud83dx"


async def test_reader_that_has_caught_up_waits_for_the_next_append(make: MakeTapes) -> None:
    tape = await recorded(make(), "r", Text("a"))
    readers = [asyncio.create_task(tape.read(0, 10, LONG_S)) for _ in range(3)]
    await asyncio.sleep(0)
    await tape.append([Text("b"), Text("c")], 6)
    for entries in await asyncio.gather(*readers):
        assert [entry.event for entry in entries] == [Text("b"), Text("c")]


async def test_reader_gets_nothing_when_nothing_comes_in_time(make: MakeTapes) -> None:
    tape = await recorded(make(), "r", Text("a"))
    assert list(await tape.read(0, 10, 0)) == []


async def test_reader_of_an_ended_tape_does_not_wait(make: MakeTapes) -> None:
    tape = await recorded(make(), "r", Text("a"), Stopped("m", "requested"))
    assert list(await tape.read(1, 10, LONG_S)) == []


async def test_nothing_follows_the_terminal_event(make: MakeTapes) -> None:
    tape = await recorded(make(), "r", END)
    with pytest.raises(RuntimeError, match="nothing follows"):
        await tape.append([Text("late")], 9)


async def test_tape_expires_after_its_time(make: MakeTapes) -> None:
    tapes = make(ttl_s=0)
    await recorded(tapes, "r", END)
    await asyncio.sleep(0)  # the loop's next turn runs what is due now
    await asyncio.sleep(0)
    assert await tapes.find("r") is None


async def test_running_tape_does_not_expire(make: MakeTapes) -> None:
    tapes = make(ttl_s=0)
    tape = await recorded(tapes, "r", Text("a"))
    await asyncio.sleep(0)
    assert await tapes.find("r") is tape


async def test_full_tape_refuses_text_but_takes_its_end(make: MakeTapes) -> None:
    tapes = make(max_bytes_each=TOGETHER_BYTES + 2 * TEXT_BYTES + 10)
    tape = await recorded(tapes, "r", Text("a"), Text("b"))
    with pytest.raises(TapeFull):
        await tape.append([Text("more")], 6)
    await tape.append([END], 7)
    assert await tape.length() == 3


async def test_oldest_ended_tapes_go_when_all_together_are_too_many(make: MakeTapes) -> None:
    tapes = make(max_bytes=3 * EVENT_BYTES)
    running = await recorded(tapes, "running", Text("a"))
    await recorded(tapes, "old", END)
    await recorded(tapes, "new", END)
    await recorded(tapes, "newest", END)
    found = {run_id: bool(await tapes.find(run_id)) for run_id in ("old", "new", "newest")}
    assert found == {"old": False, "new": True, "newest": True}
    assert await tapes.find("running") is running


async def test_running_tapes_have_a_bound_in_sum_and_the_one_that_would_go_over_it_is_full(
    make: MakeTapes,
) -> None:
    tapes = make(max_bytes=2_000)
    await recorded(tapes, "ended", END)
    first, second = [await recorded(tapes, name, Text("x" * 800)) for name in ("a", "b")]
    assert await tapes.find("ended") is None
    with pytest.raises(TapesFull):
        await second.append([Text("x" * 800)], 6)
    # Another takes what little there is, what ends has its place, and then there is room again.
    await first.append([Text("y")], 6)
    await second.append([Finished("stop"), END], 7)
    assert await first.text() == "x" * 800 + "y"
    await first.append([Text("x" * 800)], 8)
    assert await tapes.find("b") is None
    assert await (await recorded(tapes, "c", Text("z"))).text() == "z"


async def test_tapes_take_what_is_counted() -> None:
    tapes = MemoryTapes(ttl_s=LONG_S, max_bytes_each=10**9, max_bytes=500_000)
    running = [await recorded(tapes, str(n), UserMessageStored("u", "hi" * n)) for n in range(16)]
    tracemalloc.start()
    before, full = tapes.bytes, 0
    while full < len(running):
        for tape in running:
            try:
                await tape.append([Text("token") for _ in range(40)], 6)
            except TapesFull:
                full += 1
    taken, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert tapes.bytes > 499_000
    assert 0.8 < taken / (tapes.bytes - before) < 1.3
    await tapes.close()


async def test_reader_of_a_closed_tape_is_let_go(make: MakeTapes) -> None:
    tapes = make()
    tape = await recorded(tapes, "r", Text("a"))
    reader = asyncio.create_task(tape.read(0, 10, LONG_S))
    await asyncio.sleep(0)
    await tapes.close()
    assert list(await reader) == []
    assert await tape.ended()
