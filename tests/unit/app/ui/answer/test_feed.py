"""Feed: a line costs its own length, and who has the window knows what it misses."""

import orjson
from hypothesis import given
from hypothesis import strategies as st

from tokentape.ui.answer.feed import FEED_KEPT, FEED_MAX, UNSHOWN_MAX, Feed


def sent(lines: int) -> int:
    """Characters that Gradio sends: what was appended, or the whole window after a cut."""
    feed, before, total = Feed(), "", 0
    for number in range(lines):
        feed.push([number, 20.5 * number, 20.5, "chunk", " word", "text", 5 * number])
        feed.show()
        grown = bool(before) and feed.text.startswith(before)
        total += len(feed.text) - (len(before) if grown else 0)
        before = feed.text
    return total


def test_four_times_the_events_cost_about_four_times_the_characters() -> None:
    assert sent(4_000) <= 4.4 * sent(1_000)


def test_an_event_costs_little_more_than_its_line() -> None:
    assert sent(20_000) / 20_000 < 75


@given(st.lists(st.integers(0, FEED_MAX), max_size=12))
def test_a_window_holds_the_newest_lines_and_says_from_where_on(sizes: list[int]) -> None:
    feed = Feed()
    for size in sizes:
        feed.push("x" * size)
    held = [len(orjson.loads(line)) for line in feed.text.splitlines()]
    assert feed.count == len(sizes)
    assert held == sizes[feed.first :]
    assert len(feed.text) <= UNSHOWN_MAX + max(sizes, default=0) + 3


def test_what_no_page_was_sent_stays_up_to_a_bound() -> None:
    feed = Feed()
    for _ in range(FEED_MAX // 50):
        feed.push("x" * 100)
    assert feed.first == 0
    feed.show()
    feed.push("y")
    assert len(feed.text) <= FEED_KEPT + 4


def test_a_window_only_grows_at_its_end_until_it_is_cut() -> None:
    feed, before, cuts = Feed(), "", 0
    for number in range(5_000):
        feed.push([number, "word"])
        feed.show()
        cuts += not feed.text.startswith(before)
        before = feed.text
    assert 0 < cuts < 5_000 * 20 / (FEED_MAX - FEED_KEPT)


def test_what_is_void_is_asked_for_by_everybody() -> None:
    feed = Feed()
    feed.push([1])
    feed.skip()
    assert (feed.text, feed.first, feed.count) == ("", 2, 2)
