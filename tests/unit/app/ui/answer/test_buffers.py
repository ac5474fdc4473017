"""Growth: the whole is there for who asks, and a chart stays small."""

from tokentape.ui.answer.buffers import POINTS_MAX, CurveBuffer, TextBuffer


def test_a_text_is_the_sum_of_its_pieces_from_any_place_on() -> None:
    text = TextBuffer()
    for piece in ("One ", "two ", "three."):
        text.push(piece)
    assert (len(text), text.whole()) == (14, "One two three.")
    assert text.after(4) == "two three."
    assert text.after(-1) == text.whole()
    assert text.after(99) == ""
    text.replace("Stored.")
    assert (len(text), text.whole()) == (7, "Stored.")


def test_a_curve_is_bounded_and_begins_and_goes_on_as_what_it_is_of() -> None:
    curve = CurveBuffer()
    for number in range(100_000):
        curve.add(number, number * 5)
    assert POINTS_MAX / 2 <= len(curve.points) <= POINTS_MAX
    times = [ms for ms, _ in curve.points]
    assert times == sorted(times)
    assert times[0] == 0
    assert times[-1] > 98_000
