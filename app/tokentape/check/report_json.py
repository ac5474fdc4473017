"""The report of a check as JSON: its fields, of which the published schema is made. Pure.

See `docs/schemas/check-report.json`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, TypeAlias

from tokentape.check.acceptance import habits_of
from tokentape.check.observation import Observation, Times
from tokentape.check.report import ExitCode, Report, ReportVerdict
from tokentape.check.result import AnswerResult, around, rounded_ms, spread_ms
from tokentape.check.unrecognized import raw_lines
from tokentape.contract.contract import Json
from tokentape.contract.timeline import as_json
from tokentape.contract.violations import Violation

Verdict: TypeAlias = Literal["right", "wrong", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadJson:
    """Times in milliseconds."""

    p50: float
    """The median."""
    p99: float
    """The 99th percentile."""
    max: float
    """The longest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventJson:
    """One event of an answer, as it came."""

    offset_ms: float | None
    """After the question was sent, in milliseconds; `null` where a recording has no times."""
    kind: str | None
    """What the contract calls it; `null` where it knows no such event."""
    event: str
    """The event's name on the wire; empty where the protocol has none."""
    seq: int | None
    """Its number, where the protocol has numbers."""
    run: str | None
    """The run that it belongs to, where the protocol names runs."""
    read: int
    """Events that came in one read of the socket have one number."""
    payload: Any
    """What it carries; of what is no JSON `{"raw": …, "problem": …}`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationJson:
    """A rule that was broken, or of which nobody can say whether it was."""

    kind: str
    """Such as `text_lost`."""
    index: int
    """The event at which it was noticed, from 0; past the last one: at the end."""
    offset_ms: float | None
    """When that was, in milliseconds after the question; `null` where nothing came any more, and
    where a recording has no times."""
    message: str
    """A sentence for people."""
    cause: str | None
    """What it comes of, where that is known."""
    around: Sequence[EventJson]
    """The events near it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerJson:
    """One answer that one viewer saw."""

    turn: int
    """From 1."""
    user: int | None
    """Who asked, from 1; `null` where there was one user."""
    viewer: int
    """Who looked, from 1."""
    right: bool
    """Whether it surely broke no rule."""
    verdict: Verdict
    outcome: str | None
    """How it ended, such as `completed`; `null` where no end was seen."""
    code: str | None
    """The error's code, where it ended with one."""
    times: Times
    """What is known of times: `known`, all; `gaps`, all but that of the question, from the first
    event on; `unknown`, nothing."""
    source: str | None
    """The request that it answered, of a file that has several."""
    events: int
    """How many came."""
    text: str
    due: str | None
    """The text that had to come; `null` where nobody knows it."""
    cuts: Sequence[int]
    """The events after which the connection was cut."""
    violations: Sequence[ViolationJson]
    undecided: Sequence[ViolationJson]
    """What may have been a violation."""
    first_token_ms: float | None
    """From the question to the first text; `null` of a viewer who joined later."""
    end_ms: float | None
    """From the question to the end."""
    gap_ms: SpreadJson | None
    """Between two texts."""
    added_ms: SpreadJson | None
    """Between the model's write of a text and its coming here."""
    upstream_closed_ms: float | None
    """From the stop until the model's connection was closed."""
    upstream_read_on: bool
    """It was stopped, and the server went on to read the model's answer."""
    would_accept: Sequence[str] = ()
    """Habits of providers, as `--accept` takes them, with which it would be right."""
    came: Sequence[str] | None = None
    """Lines of the answer as it came, where no event had text."""
    timeline: Sequence[EventJson] | None = None
    """All events, of an answer that is not right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportJson:
    """The report of `tokentape check --json`."""

    url: str
    """The server's address, without secrets."""
    contract: str
    """Such as `ai-chat/sse`."""
    accepted: Sequence[str]
    """Habits of a provider that were called right, a profile's among them."""
    seed: int
    verdict: ReportVerdict
    exit_code: ExitCode
    """In this order: right, wrong, no verdict, undecided."""
    stopped_short: str | None
    """Why there is no verdict, or none on everything that was asked for."""
    answers: int
    wrong: int
    """Answers that surely broke a rule."""
    undecided: int
    """Answers of which nobody can say."""
    cuts: int
    """Connections that were cut."""
    first_token_ms: SpreadJson | None
    gap_ms: SpreadJson | None
    added_ms: SpreadJson | None
    upstream_closed_ms: SpreadJson | None
    findings: Sequence[AnswerJson]
    """An object for each answer and viewer."""


def to_json(report: Report) -> Mapping[str, Json]:
    """The report for a machine."""
    config = report.config
    plain: Mapping[str, Json] = _plain(
        ReportJson(
            url=config.address,
            contract=config.contract.key,
            accepted=list(habits_of(config.accept, config.profile)),
            seed=config.seed,
            verdict=report.verdict,
            exit_code=report.exit_code,
            stopped_short=report.stopped_short,
            answers=len(report.results),
            wrong=len(report.wrong),
            undecided=len(report.undecided),
            cuts=report.cuts,
            first_token_ms=_spread(report.first_tokens_ns),
            gap_ms=_spread(report.gaps_ns),
            added_ms=_spread(report.added_ns),
            upstream_closed_ms=_spread(report.closed_ns),
            findings=[_answer(one) for one in report.results],
        )
    )
    return plain


def _answer(result: AnswerResult) -> AnswerJson:
    """The whole timeline is there when something is wrong with it."""
    observation, verdict, latency = result.observation, result.verdict, result.verdict.latency
    glimpse = observation.glimpse
    textless = not any(one.text for one in observation.timeline)
    return AnswerJson(
        turn=observation.turn,
        user=observation.user,
        viewer=observation.viewer,
        right=result.right,
        verdict="right" if result.right else "wrong" if result.wrong else "undecided",
        outcome=verdict.outcome,
        code=verdict.code,
        times=observation.times,
        source=observation.source or None,
        events=len(observation.timeline),
        text=verdict.text,
        due=result.due,
        cuts=list(observation.cuts),
        violations=[_violation(observation, one) for one in verdict.violations],
        undecided=[_violation(observation, one) for one in verdict.undecided],
        first_token_ms=rounded_ms(latency.first_token_ns) if not observation.joined else None,
        end_ms=rounded_ms(latency.end_ns),
        gap_ms=_spread(result.gaps_ns),
        added_ms=_spread(result.added_ns),
        upstream_closed_ms=rounded_ms(result.upstream_closed_ns),
        upstream_read_on=result.read_on,
        would_accept=list(result.would_accept),
        came=list(raw_lines(glimpse)) if glimpse is not None and textless else None,
        timeline=None if result.right else _events(observation, range(len(observation.timeline))),
    )


def _violation(observation: Observation, violation: Violation) -> ViolationJson:
    return ViolationJson(
        kind=violation.kind,
        index=violation.index,
        offset_ms=violation.offset_ms,
        message=violation.message,
        cause=violation.about or None,
        around=_events(observation, around(violation, observation.timeline)),
    )


def _events(observation: Observation, places: range) -> list[EventJson]:
    timeline, began_ns = observation.timeline, observation.started_ns
    events = (EventJson(**as_json(timeline[place], began_ns)) for place in places)
    if observation.times == "unknown":
        return [replace(one, offset_ms=None) for one in events]
    return list(events)


def _spread(times_ns: Sequence[int]) -> SpreadJson | None:
    spread = spread_ms(times_ns)
    return None if spread is None else SpreadJson(**spread)


_OPTIONAL = frozenset({"came", "timeline"})
"""Fields that are left out where there is nothing to say."""


def _plain(value: Any) -> Any:
    """Without a copy of what events carry, which may be much."""
    if isinstance(value, SpreadJson | EventJson | ViolationJson | AnswerJson | ReportJson):
        named = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {
            name: inside if name == "payload" else _plain(inside)
            for name, inside in named
            if inside is not None or name not in _OPTIONAL
        }
    return [_plain(one) for one in value] if isinstance(value, list) else value
