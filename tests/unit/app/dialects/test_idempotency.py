"""A request that is sent again under its key: whoever asked first, and whatever becomes of them."""

import asyncio
import tracemalloc

import pytest

from tokentape.dialects.idempotency import REMEMBERED, Repeats
from tokentape.errors import CallerFault


class Deed:
    """Done when it is let go; counts how often it was begun."""

    def __init__(self) -> None:
        self.begun = 0
        self.let_go = asyncio.Event()
        self.fails = False

    async def __call__(self) -> int:
        self.begun += 1
        await self.let_go.wait()
        if self.fails:
            raise ValueError("refused")
        return self.begun


def asking(repeats: Repeats[int], deed: Deed) -> asyncio.Task[int]:
    return asyncio.create_task(repeats.once("ann", "k", b"same", deed.__call__))


async def test_who_asked_first_and_went_away_takes_nothing_from_who_asks_again() -> None:
    repeats, deed = Repeats[int](), Deed()
    first = asking(repeats, deed)
    again = asking(repeats, deed)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    deed.let_go.set()
    assert await again == 1
    assert await asking(repeats, deed) == 1


async def test_a_failure_is_told_to_all_who_wait_and_then_forgotten() -> None:
    repeats, deed = Repeats[int](), Deed()
    deed.fails = True
    deed.let_go.set()
    told = await asyncio.gather(*(asking(repeats, deed) for _ in range(2)), return_exceptions=True)
    assert [str(one) for one in told] == ["refused"] * 2
    deed.fails = False
    assert await asking(repeats, deed) == 2


async def test_a_failure_that_nobody_waits_for_any_more_is_forgotten_in_silence() -> None:
    complaints: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, told: complaints.append(told))
    repeats, deed = Repeats[int](), Deed()
    deed.fails = True
    first = asking(repeats, deed)
    await asyncio.sleep(0)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    deed.let_go.set()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    deed.fails = False
    assert await asking(repeats, deed) == 2
    assert complaints == []


async def test_what_long_requests_said_is_not_kept() -> None:
    repeats, deed = Repeats[int](), Deed()
    deed.let_go.set()
    tracemalloc.start()
    for number in range(50):
        await repeats.once("ann", str(number), bytes(1_000_000), deed.__call__)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 1_000_000


async def test_the_key_of_another_request_is_refused_and_its_answer_not_given() -> None:
    repeats, deed = Repeats[int](), Deed()
    deed.let_go.set()
    assert await asking(repeats, deed) == 1
    with pytest.raises(CallerFault, match="another request") as refused:
        await repeats.once("ann", "k", b"other", deed.__call__)
    assert refused.value.status == 422
    # Another caller's key is another key.
    assert await repeats.once("ben", "k", b"other", deed.__call__) == 2


async def test_one_caller_under_two_names_has_one_answer_and_no_more_is_remembered() -> None:
    repeats, deed = Repeats[int](), Deed()
    deed.let_go.set()
    for number in range(REMEMBERED + 1):
        await repeats.once("nobody", str(number), b"", deed.__call__)
        repeats.share("nobody", "ann", str(number))
        repeats.share("nobody", "ann", None)
    assert len(repeats._requests) == REMEMBERED
    assert await repeats.once("ann", str(REMEMBERED), b"", deed.__call__) == REMEMBERED + 1
    assert await repeats.once("ben", str(REMEMBERED), b"", deed.__call__) == REMEMBERED + 2
