"""Waits between attempts are what is documented: doubling, bounded, fully jittered, seeded."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.client.backoff import Backoff
from tokentape.client.http_connection import retry_after_s
from tokentape.client.realtime_client import RealtimeOptions
from tokentape.client.sse_client import SSEOptions


def test_ceilings_of_the_sse_client_are_the_documented_ones() -> None:
    backoff = SSEOptions().backoff()
    assert [backoff.ceiling_s(failed) for failed in range(1, 8)] == [1, 2, 4, 8, 16, 30, 30]
    assert [backoff.gives_up(failed) for failed in (0, 5, 6)] == [False, False, True]


def test_ceilings_of_the_realtime_client_are_the_documented_ones() -> None:
    backoff = RealtimeOptions().backoff()
    assert [backoff.ceiling_s(failed) for failed in range(1, 6)] == [1, 2, 4, 5, 5]
    assert not backoff.gives_up(1_000_000)


def test_client_that_shall_not_reconnect_gives_up_at_once() -> None:
    assert RealtimeOptions(reconnection=False).backoff().gives_up(1)


@given(st.integers(1, 10**6), st.integers())
def test_wait_is_between_nothing_and_the_ceiling(failed: int, seed: int) -> None:
    backoff = Backoff(initial_s=1.0, max_s=30.0)
    assert 0 <= backoff.wait_s(failed, random.Random(seed)) <= backoff.ceiling_s(failed) <= 30


def test_waits_spread_over_the_whole_range() -> None:
    backoff = Backoff(initial_s=8.0, max_s=8.0)
    chance = random.Random(1)
    waits = sorted(backoff.wait_s(1, chance) for _ in range(1_000))
    assert waits[50] < 1
    assert waits[-50] > 7


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("7", 7.0),
        (" 120 ", 120.0),
        ("0", 0.0),
        ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0),
        ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0),
        ("", None),
        ("soon", None),
        ("-3", None),
        ("1.5", None),
        ("²", None),
        ("Thu, 01 Jan 99999999999 00:00:00 GMT", None),
    ],
)
def test_retry_after_is_read_in_both_forms(written: str, seconds: float | None) -> None:
    now_s = 1_795_255_200.0  # 2026-11-21T10:00:00Z
    assert retry_after_s(written, now_s) == seconds
