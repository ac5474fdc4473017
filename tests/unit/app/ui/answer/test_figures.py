"""Figures: what exists is shown with its unit, what does not is a dash."""

from tokentape.contract.timeline import Latency
from tokentape.ui.answer.figures import ABSENT, figures_of, in_ms

MS = 1_000_000
NOTHING = Latency(None, None, (), None, None, None, 0)


def values(latency: Latency) -> dict[str, str]:
    return {figure.name: figure.value for figure in figures_of(latency)}


def test_an_answer_without_events_has_dashes_only() -> None:
    assert set(values(NOTHING).values()) == {ABSENT}


def test_the_figures_of_an_answer_are_in_milliseconds_and_tokens_a_second() -> None:
    gaps = (20 * MS, 20 * MS, 2_000 * MS)
    latency = Latency(200 * MS, 203 * MS, gaps, 680 * MS, 2_243 * MS, 2_250 * MS, 4)
    assert values(latency) == {
        "First token": "203",
        "Gap p50": "20.0",
        "Gap p99": "2,000",
        "Longest": "2,000",
        "Speed": "1.5",
        "In all": "2,250",
    }


def test_short_times_keep_a_decimal() -> None:
    assert [in_ms(99_940_000), in_ms(123_456_000), in_ms(0)] == ["99.9", "123", "0.0"]
