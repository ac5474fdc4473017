"""Pace: a page that keeps up gets every frame, one that doesn't gets fewer and larger ones."""

from tokentape.ui.answer.frame_pacing import BEHIND_S, FRAME_S, LEVEL_S, SLOWEST_S, UNTOLD_MAX, Pace


def after(*lags_s: float) -> float:
    """The time between frames after updates that were drawn so late."""
    pace = Pace()
    for number, lag_s in enumerate(lags_s, 1):
        pace.sent(number, number)
        pace.drawn(number, number + lag_s)
    return pace.frame_s(0)


def test_a_page_that_keeps_up_gets_every_frame() -> None:
    assert after(0.005, 0.02, 0.001) == FRAME_S


def test_a_page_that_is_behind_gets_frames_less_often_the_more_it_is() -> None:
    assert FRAME_S < after(1.1 * BEHIND_S) < after(2 * BEHIND_S)
    assert after(*[1.1 * BEHIND_S] * 20) == SLOWEST_S
    assert after(60) == SLOWEST_S


def test_a_page_that_caught_up_gets_them_as_often_as_before() -> None:
    assert after(*[2 * BEHIND_S] * 5, *[LEVEL_S / 2] * 20) == FRAME_S


def test_between_late_and_early_nothing_changes() -> None:
    assert after(2 * BEHIND_S, (BEHIND_S + LEVEL_S) / 2) == after(2 * BEHIND_S)


def test_a_page_need_not_tell_of_every_update() -> None:
    pace = Pace()
    for number in range(1, 11):
        pace.sent(number, 0.0)
    pace.drawn(10, 2 * BEHIND_S)
    assert pace.frame_s(0) == 2 * BEHIND_S / 2


def test_what_was_never_sent_changes_nothing() -> None:
    pace = Pace()
    pace.sent(10, 0.0)
    pace.drawn(7, 99.0)
    pace.drawn(11, 99.0)
    assert pace.frame_s(0) == FRAME_S


def test_a_page_that_tells_nothing_costs_a_bounded_memory() -> None:
    pace = Pace()
    for number in range(2 * UNTOLD_MAX):
        pace.sent(number, 0.0)
    assert len(pace._sent) == UNTOLD_MAX


def test_frames_grow_longer_with_what_the_page_already_shows() -> None:
    assert Pace().frame_s(20_000) < 1.1 * FRAME_S
    assert Pace().frame_s(1_000_000) > 3 * FRAME_S
