"""Fixed windows: what they count, that they end, and that the machine's clock has no say in it."""

import time
from contextlib import ExitStack

import pytest

from tokentape.access.fixed_window import Windows
from tokentape.access.limits import Caller, RateLimits
from tokentape.access.tokens import Identity
from tokentape.errors import CallerFault
from tokentape.settings import Settings

ALICE = Caller(Identity("alice"), "192.0.2.1")
NOBODY = Caller(None, "192.0.2.1")


def test_window_begins_with_the_first_and_counts_up_to_one_too_many() -> None:
    windows = Windows(2, 60)
    counted = [windows.consume("a", now) for now in (100, 130, 140, 159)]
    assert {window.until for window in counted} == {160}
    assert windows.consume("a", 159.9).count == 3
    assert windows.consume("b", 159.9).count == 1
    fresh = windows.consume("a", 160)
    assert (fresh.count, fresh.until) == (1, 220)


def test_one_that_came_to_nothing_is_given_back_once_and_to_its_own_window() -> None:
    windows = Windows(2, 60)
    first, second, third = (windows.consume("a", 100) for _ in range(3))
    assert (first.count, second.count, third.count) == (1, 2, 3)
    windows.give_back("a", first.until)
    assert windows.consume("a", 101).count == 2
    windows.give_back("a", 159)  # of a window that there was not
    windows.give_back("b", first.until)
    assert windows.consume("a", 102).count == 3
    for _ in range(5):
        windows.give_back("a", first.until)
    assert [windows.consume("a", 103).count for _ in range(3)] == [1, 2, 3]


def test_start_that_is_refused_is_not_used_up_and_the_limit_holds_for_many_at_once() -> None:
    limits = RateLimits(Settings(rate_limit_anonymous="2/15 minutes"))
    with ExitStack() as running:
        for remaining in (1, 0):
            allowance = running.enter_context(limits.counted(NOBODY))
            assert allowance is not None
            assert allowance.remaining == remaining
        with pytest.raises(CallerFault, match="Too many starts"), limits.counted(NOBODY):
            pass
    for _ in range(3):  # both stay counted, the one that was too many is not
        with pytest.raises(CallerFault, match="Too many starts"):
            limits.consume(NOBODY)
    limits = RateLimits(Settings(rate_limit_anonymous="1/15 minutes"))
    for _ in range(3):
        with pytest.raises(CallerFault, match="is still running"), limits.counted(NOBODY):
            raise CallerFault("BUSY")
    assert limits.consume(NOBODY) is not None


def test_addresses_of_one_site_are_one_caller() -> None:
    limits = RateLimits(Settings(rate_limit_anonymous="1/15 minutes"))
    limits.consume(Caller(None, "2001:db8::1"))
    limits.consume(Caller(None, "2001:db8:0:1::1"))
    with pytest.raises(CallerFault, match="Too many starts"):
        limits.consume(Caller(None, "2001:db8::ffff"))


def test_windows_that_are_over_are_forgotten() -> None:
    windows = Windows(2, 60)
    for number in range(1_000):
        windows.consume(number, number / 100)
    assert len(windows) == 1_000
    windows.consume("late", 65)
    assert len(windows) == 500


def test_more_windows_than_may_be_forget_the_one_that_began_first() -> None:
    windows = Windows(1, 60, most=2)
    for key in ("a", "b", "c"):
        windows.consume(key, 0)
    assert len(windows) == 2
    assert (windows.consume("c", 1).count, windows.consume("a", 1).count) == (2, 1)


@pytest.mark.parametrize("jump_s", [86_400, -86_400])
def test_clock_that_jumps_neither_frees_nor_locks_out(
    jump_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = RateLimits(Settings(rate_limit_anonymous="1/15 minutes"))
    limits.consume(NOBODY)
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + jump_s)
    with pytest.raises(CallerFault) as refused:
        limits.consume(NOBODY)
    assert refused.value.retry_after_s in (899, 900)


def test_kinds_of_callers_and_of_what_they_do_are_counted_apart() -> None:
    once = Settings(
        rate_limit_authenticated="1/hour",
        rate_limit_anonymous="1/hour",
        rate_limit_documents="1/hour",
    )
    limits = RateLimits(once, clock=lambda: 5.0)
    for caller in (ALICE, NOBODY):
        allowance = limits.consume(caller)
        assert allowance is not None
        assert (allowance.limit, allowance.remaining, allowance.reset_s) == (1, 0, 3_600)
    assert limits.consume(ALICE, "document") is not None
    with pytest.raises(CallerFault, match="Too many documents"):
        limits.consume(ALICE, "document")
