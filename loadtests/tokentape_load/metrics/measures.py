"""The table of measures: each name with its definition and how it is read off a result."""

from collections.abc import Callable
from dataclasses import dataclass

from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.metrics.run_results import Definition


@dataclass(frozen=True, slots=True)
class Measure:
    name: str
    definition: str
    read: Callable[[AnswerResult], tuple[int, ...]]
    """All values of one answer, in nanoseconds."""

    @property
    def key(self) -> str:
        """As limits spell it: `e2e_text`."""
        return self.name.lower().replace(" ", "_")


def _of(value: int | None) -> tuple[int, ...]:
    return () if value is None else (value,)


def _late(result: AnswerResult, value: int | None) -> tuple[int, ...]:
    """A time from the send as a time from the intended start, in an open loop."""
    if result.intended_ns is None or value is None:
        return ()
    return (result.intended_ns + value,)


MEASURES = (
    Measure(
        "TTFB",
        "send to the answer's first bytes (of HTTP: its headers)",
        lambda result: _of(result.first_byte_ns),
    ),
    Measure(
        "TTFE",
        "send to the first event of any kind",
        lambda result: _of(result.latency.first_event_ns),
    ),
    Measure(
        "TTFT",
        "send to the first non-empty text",
        lambda result: _of(result.latency.first_token_ns),
    ),
    Measure(
        "ICL",
        "every gap between two texts, all answers pooled",
        lambda result: tuple(length for _, length in result.gaps_ns),
    ),
    Measure(
        "ITL",
        "(last text - first text) / (texts - 1), one value an answer",
        lambda result: () if result.resume_ns else _of(result.latency.per_token_ns),
    ),
    Measure(
        "E2E text",
        "send to the last text",
        lambda result: _of(result.latency.last_text_ns),
    ),
    Measure(
        "E2E close",
        "send to the close of the stream (of sockets: the terminal event)",
        lambda result: _of(result.close_ns),
    ),
    Measure(
        "to model",
        "send to the request's arrival at the mock",
        lambda result: _of(result.to_model_ns),
    ),
    Measure(
        "added",
        "the mock's write of a chunk to its arrival at our socket, every chunk",
        lambda result: result.added_ns,
    ),
    Measure(
        "late start",
        "open loop: intended start to send",
        lambda result: _of(result.intended_ns),
    ),
    Measure(
        "TTFT intended",
        "open loop: intended start to the first non-empty text",
        lambda result: _late(result, result.latency.first_token_ns),
    ),
    Measure(
        "E2E intended",
        "open loop: intended start to the close of the stream",
        lambda result: _late(result, result.close_ns),
    ),
    Measure(
        "stop",
        "the stop was asked for to the terminal event",
        lambda result: _of(result.stop_ns),
    ),
    Measure(
        "typing",
        "a member began to type to another member's being told",
        lambda result: _of(result.typing_ns),
    ),
    Measure(
        "resume",
        "last event before a cut to the first one after it",
        lambda result: result.resume_ns,
    ),
)

DEFINITIONS = tuple(Definition(measure.name, measure.definition) for measure in MEASURES)
