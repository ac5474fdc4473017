"""Windows: each character costs itself, and the whole is there for who asks."""

from hypothesis import given
from hypothesis import strategies as st

from app.ui.chat.windows import POINTS_MAX, TEXT_KEPT, TEXT_MAX, Curve, TextWindow


def sent(pieces: int, size: int) -> int:
    """Characters that Gradio sends: what was appended, or the whole window after a cut."""
    window, before, total = TextWindow(), "", 0
    for _ in range(pieces):
        window.push("x" * size)
        total += len(window.text)
        total -= len(before) if window.text.startswith(before) and before else 0
        before = window.text
    return total


def test_four_times_the_text_costs_about_four_times_the_characters() -> None:
    assert sent(4_000, 50) <= 4.4 * sent(1_000, 50)
    assert sent(200_000, 5) <= 1.3 * 1_000_000


@given(st.lists(st.integers(1, 2 * TEXT_MAX), max_size=8))
def test_a_window_is_the_end_of_the_whole(sizes: list[int]) -> None:
    window, whole = TextWindow(), ""
    for number, size in enumerate(sizes):
        piece = chr(97 + number) * size
        window.push(piece)
        whole += piece
        assert window.first + len(window.text) == len(window) == len(whole)
        assert whole.endswith(window.text)
        assert len(window.text) <= TEXT_MAX + size
    assert window.whole() == whole
    assert window.after(3) == whole[3:]
    assert window.after(-1) == whole


def test_what_was_stored_is_the_whole_and_its_end_is_the_window() -> None:
    window = TextWindow()
    window.push("before")
    window.replace("y" * 100_000)
    assert (window.first, len(window.text)) == (100_000 - TEXT_KEPT, TEXT_KEPT)
    assert window.whole() == "y" * 100_000


def test_a_curve_is_bounded_and_begins_and_goes_on_as_what_it_is_of() -> None:
    curve = Curve()
    for number in range(100_000):
        curve.add(number, number * 5)
    assert POINTS_MAX / 2 <= len(curve.points) <= POINTS_MAX
    times = [ms for ms, _ in curve.points]
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] > 98_000
