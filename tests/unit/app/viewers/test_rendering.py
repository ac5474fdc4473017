"""A rendering forgets what nearly all have seen; no cursor misses or repeats a piece for that."""

import asyncio

from tokentape.runs.events import Completed, Entry, Text
from tokentape.runs.memory_tape import MemoryTapes
from tokentape.runs.tape import READ_LIMIT, Label, Tape
from tokentape.viewers.rendering import (
    BATCH_BYTES,
    WINDOW_BYTES,
    Cursor,
    Encoder,
    Rendering,
    Renderings,
)

LONG_S = 60.0
SIZE = 100


def told(_label: Label) -> Encoder[bytes]:
    """Remembers how many it has told, as folds may."""
    count = 0

    def tell(entry: Entry) -> bytes:
        nonlocal count
        assert entry.seq == count
        count += 1
        return str(entry.seq).rjust(SIZE).encode()

    return tell


async def tape_of(texts: int, *, ended: bool = True) -> Tape:
    tapes = MemoryTapes(ttl_s=LONG_S, max_bytes_each=10**9, max_bytes=10**9)
    tape = await tapes.create(Label("r", "ai-chat", "c", None, "m", "gpt-4"))
    for _ in range(0, texts, 1_000):
        await tape.append([Text("x")] * min(texts, 1_000), 5)
    if ended:
        await tape.append([Completed("m", "stop", texts, "gpt-4")], 9)
    return tape


async def read(cursor: Cursor[bytes]) -> list[int]:
    seqs: list[int] = []
    while not cursor.at_end:
        pieces = await cursor.next(READ_LIMIT, LONG_S)
        assert sum(map(len, pieces)) < BATCH_BYTES + SIZE
        seqs += map(int, pieces)
        await asyncio.sleep(0)
    return seqs


async def test_cursors_near_and_far_behind_get_every_piece_once() -> None:
    count = 20_000
    rendering = Renderings[bytes](len).of(await tape_of(count), told)
    ahead = rendering.cursor(-1)
    assert await read(ahead) == list(range(count + 1))
    assert rendering.first > count - 3 * WINDOW_BYTES / SIZE
    for seq in (-1, 0, 7_000, rendering.first - 2, rendering.first - 1, count - 1, count):
        assert await read(rendering.cursor(seq)) == list(range(seq + 1, count + 1))


async def test_cursor_that_is_overtaken_gets_every_piece_once() -> None:
    count = 20_000
    rendering = Renderings[bytes](len).of(await tape_of(count), told)
    slow, quick = rendering.cursor(-1), rendering.cursor(-1)
    begun = [int(piece) for piece in await slow.next(10, LONG_S)]
    assert await read(quick) == list(range(count + 1))
    assert begun + await read(slow) == list(range(count + 1))


async def test_rendering_is_shared_by_those_who_view_at_once() -> None:
    renderings = Renderings[bytes](len)
    tape = await tape_of(1)
    one = renderings.of(tape, told)
    assert renderings.of(tape, told) is one


async def test_nothing_comes_in_time_from_a_silent_tape() -> None:
    rendering: Rendering[bytes] = Renderings[bytes](len).of(await tape_of(1, ended=False), told)
    assert await rendering.cursor(0).next(READ_LIMIT, 0) == []


async def test_heavy_pieces_are_kept_by_their_weight_and_none_is_missed() -> None:
    """As where each chunk repeats the whole answer."""
    count, size = 600, 50_000

    def heavy(_label: Label) -> Encoder[bytes]:
        return lambda entry: str(entry.seq).rjust(size).encode()

    rendering = Renderings[bytes](len).of(await tape_of(count), heavy)
    slow, quick = rendering.cursor(-1), rendering.cursor(-1)
    begun = [int(piece) for piece in await slow.next(1, LONG_S)]
    seqs: list[int] = []
    while not quick.at_end:
        seqs += map(int, await quick.next(READ_LIMIT, LONG_S))
        kept = vars(rendering)["_pieces"]
        # The first read knows no weight yet.
        assert len(kept) * size <= 4 * WINDOW_BYTES or len(seqs) <= READ_LIMIT
    assert seqs == list(range(count + 1))
    rest = begun
    while not slow.at_end:
        rest += map(int, await slow.next(READ_LIMIT, LONG_S))
    assert rest == seqs
