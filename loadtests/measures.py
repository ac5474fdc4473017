"""The table of measures: each name with its definition and how it is read off a finding."""

from collections.abc import Callable
from dataclasses import dataclass

from loadtests.finding import Finding


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    definition: str
    read: Callable[[Finding], tuple[int, ...]]
    """All values of one answer, in nanoseconds."""


def _of(value: int | None) -> tuple[int, ...]:
    return () if value is None else (value,)


MEASURES = (
    Measure(
        "TTFT",
        "send to first non-empty text",
        lambda finding: _of(finding.latency.first_token_ns),
    ),
    Measure(
        "ICL",
        "every gap between two texts, all answers pooled",
        lambda finding: finding.latency.gaps_ns,
    ),
    Measure(
        "ITL",
        "(last text - first text) / (texts - 1), one value an answer",
        lambda finding: _of(finding.latency.per_token_ns),
    ),
    Measure(
        "E2E",
        "send to terminal event",
        lambda finding: _of(finding.latency.end_ns),
    ),
    Measure(
        "to model",
        "send to the request's arrival at the mock",
        lambda finding: _of(finding.to_model_ns),
    ),
    Measure(
        "added",
        "the mock's write of a chunk to our socket read, every chunk",
        lambda finding: finding.added_ns,
    ),
)
