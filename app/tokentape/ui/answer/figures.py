"""Figures: the numbers of one answer in the words and units that a person reads.

Pure: what does not exist is shown as a dash, never as 0.
"""

from dataclasses import dataclass

from tokentape.contract.timeline import Latency, percentile

ABSENT = "–"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number with its unit, and a sentence for who does not know it."""

    name: str
    value: str
    unit: str
    meaning: str


def figures_of(latency: Latency) -> tuple[Figure, ...]:
    """The figures in the order in which they are read."""
    gaps_ns = latency.gaps_ns
    per_second = latency.texts_per_second
    return (
        Figure(
            "First token",
            in_ms(latency.first_token_ns),
            "ms",
            "from sending the message to the first text (TTFT)",
        ),
        Figure("Gap p50", in_ms(percentile(gaps_ns, 50)), "ms", "half of the gaps are shorter"),
        Figure("Gap p99", in_ms(percentile(gaps_ns, 99)), "ms", "all but 1 in 100 are shorter"),
        Figure(
            "Longest", in_ms(max(gaps_ns, default=None)), "ms", "the longest gap between two texts"
        ),
        Figure(
            "Speed",
            ABSENT if per_second is None else f"{per_second:.1f}",
            "tokens/s",
            "pieces of text a second, from the first to the last",
        ),
        Figure("In all", in_ms(latency.end_ns), "ms", "from sending to the terminal event"),
    )


def in_ms(ns: int | None) -> str:
    """Nanoseconds as milliseconds, with a decimal where it can matter."""
    if ns is None:
        return ABSENT
    ms = ns / 1e6
    return f"{ms:.1f}" if ms < 100 else f"{ms:,.0f}"
