"""What is to be said of one answer that one viewer saw. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tokentape.check.config import CheckConfig
from tokentape.check.observation import Observation, Times
from tokentape.contract.buffering import Hold, doubt_of, holds, violation_of
from tokentape.contract.contract import Contract, Outcome
from tokentape.contract.integrity import Difference
from tokentape.contract.script import Script, added_ns
from tokentape.contract.timeline import Seen, latency_of, percentile, text_of
from tokentape.contract.verdict import Expectation, Verdict, judge
from tokentape.contract.violations import Violation

_ENDING = 20
"""Characters by which an answer is known to end with a line break that is due."""

AROUND = 2
"""Events that are shown before and after a violation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerResult:
    """`due` is the text that had to come, `None` where nobody knows it."""

    observation: Observation
    verdict: Verdict
    due: str | None
    added_ns: tuple[int, ...] = ()
    upstream_closed_ns: int | None = None
    """From the stop until the model's server noticed; `None` without a stop, or if it never did."""
    read_on: bool = False
    """It was stopped, and the server went on to read the model's answer."""
    would_accept: tuple[str, ...] = ()
    """Habits of providers with which it would be right, were they accepted."""

    @property
    def right(self) -> bool:
        """Whether it surely broke no rule."""
        return self.verdict.right

    @property
    def wrong(self) -> bool:
        """Whether it surely broke one. What is neither is undecided."""
        return bool(self.verdict.violations)

    @property
    def gaps_ns(self) -> tuple[int, ...]:
        """The times between texts, without those in which a cut connection came back."""
        if self.observation.times == "unknown":
            return ()
        cuts = set(self.observation.cuts)
        texts = [(index, s.at_ns) for index, s in enumerate(self.observation.timeline) if s.text]
        return tuple(
            later[1] - earlier[1]
            for earlier, later in pairwise(texts)
            if not cuts.intersection(range(earlier[0], later[0]))
        )


def judge_answer(
    config: CheckConfig, observation: Observation, script: Script | None
) -> AnswerResult:
    """Judge an answer."""
    due = _due(config, observation, script)
    # Events that waited on a tape come together, and a cut makes a gap: both are as they should be.
    undisturbed = not observation.cuts and not observation.joined
    timed = observation.times != "unknown"
    judged = undisturbed and timed and not config.order_only
    suspected = _holds(observation, script) if judged else []
    told, doubt = violation_of(suspected), doubt_of(suspected)
    verdict = judge(
        config.contract,
        observation.timeline,
        observation.started_ns,
        Expectation(
            text=due,
            texts=script.texts if script is not None and config.expect is None else None,
            outcome=_outcome(config.contract, observation),
            stop_asked=config.stop,
            hung_up=observation.hung_up,
            request=observation.request,
            max_first_token_ms=config.max_ttft_ms
            if undisturbed and observation.times == "known"
            else None,
            max_gap_ms=config.max_gap_ms if undisturbed and timed else None,
        ),
        [*observation.noticed, *([told] if told else [])],
        [*([doubt] if doubt else []), *observation.doubts, *_unknown(config, observation)],
    )
    verdict = _without_times(verdict, observation.times)
    # Of another protocol's stream every event is out of order: that is said once.
    if other := [one for one in verdict.violations if one.about == "another protocol"]:
        verdict = replace(verdict, violations=tuple(other))
    return AnswerResult(
        observation=observation,
        verdict=verdict,
        due=due,
        added_ns=added_ns(script, observation.timeline) if script and undisturbed else (),
        upstream_closed_ns=_closed_ns(observation, script),
        read_on=_stopping(observation) and script is not None and script.state != "client_closed",
    )


def _unknown(config: CheckConfig, observation: Observation) -> Iterator[Difference]:
    """The limits of which nobody can say whether they were passed: the recording lacks times."""
    end = len(observation.timeline)
    if config.max_ttft_ms is not None and observation.times != "known":
        what = "has no times" if observation.times == "unknown" else "lacks the question's time"
        yield Difference("first_token_late", end, f"unknown: the recording {what}")
    if config.max_gap_ms is not None and observation.times == "unknown":
        yield Difference("stalled", end, "unknown: the recording has no times")


def _without_times(verdict: Verdict, times: Times) -> Verdict:
    """The verdict without figures that nobody knows."""
    if times == "known":
        return verdict
    latency = verdict.latency
    if times == "gaps":
        known = replace(
            latency, first_event_ns=None, first_token_ns=None, last_text_ns=None, end_ns=None
        )
        return replace(verdict, latency=known)
    return replace(
        verdict,
        latency=replace(latency_of((), 0), texts=latency.texts),
        violations=tuple(replace(one, offset_ms=None) for one in verdict.violations),
        undecided=tuple(replace(one, offset_ms=None) for one in verdict.undecided),
    )


def _due(config: CheckConfig, observation: Observation, script: Script | None) -> str | None:
    if config.expect is None:
        return script.text if script is not None else None
    whole = config.expect + config.line_end
    ends_so = text_of(observation.timeline).endswith(whole[-_ENDING:])
    return whole if ends_so else config.expect


def _outcome(contract: Contract, observation: Observation) -> Outcome | None:
    if not _stopping(observation):
        return "completed"
    # Where a stopped answer ends like any other, its outcome says nothing.
    return "stopped" if any(kind.end == "stopped" for kind in contract.kinds) else None


def _stopping(observation: Observation) -> bool:
    return observation.stopped_ns is not None


def _holds(observation: Observation, script: Script | None) -> Sequence[Hold]:
    if script is None or not script.timed:
        return holds(observation.timeline, observation.started_ns)
    written = script.written_ns
    return holds(
        observation.timeline, observation.started_ns, script.chunks, written, script.early_ns
    )


def _closed_ns(observation: Observation, script: Script | None) -> int | None:
    if script is None or observation.stopped_ns is None or script.state != "client_closed":
        return None
    return None if script.ended_ns is None else max(0, script.ended_ns - observation.stopped_ns)


def around(violation: Violation, timeline: Sequence[Seen]) -> range:
    """The events to show with a violation."""
    last = len(timeline)
    place = min(violation.index, last)
    return range(max(0, place - AROUND), min(last, place + AROUND + 1))


def spread_ms(times_ns: Sequence[int]) -> Mapping[str, float] | None:
    """Median, 99th percentile and the worst; `None` of no times."""
    figures = {"p50": percentile(times_ns, 50), "p99": percentile(times_ns, 99)}
    figures["max"] = max(times_ns, default=None)
    known = {name: round(ns / 1e6, 3) for name, ns in figures.items() if ns is not None}
    return known or None


def rounded_ms(time_ns: int | None) -> float | None:
    """To the microsecond."""
    return None if time_ns is None else round(time_ns / 1e6, 3)
