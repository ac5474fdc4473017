"""What a report says, for every place that shows it: a terminal, the page. Pure."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from tokentape.check.acceptance import profiles_with
from tokentape.check.advice import ON_CAUSES, STOP_UNHEARD
from tokentape.check.report import RIGHT, UNDECIDED, WRONG, Report
from tokentape.check.result import AnswerResult, around, spread_ms
from tokentape.check.unrecognized import raw_lines, recognised
from tokentape.contract.contract import Contract, Emit, RequestTemplate
from tokentape.contract.openai_habits import HABITS
from tokentape.contract.order import OPENED, named
from tokentape.contract.order_rules import allowed
from tokentape.contract.timeline import Malformed, Seen
from tokentape.contract.violations import VIOLATIONS, Violation, ViolationKind

LABELS = {
    "checked": "checked",
    "promised": "promised",
    "came": "came",
    "at_event": "at event",
    "around": "Events around event",
    "accept": "Accept",
    "mend": "Mend",
    "raw": "What came",
    "cut": "connection cut here, and resumed",
    "stopped_short": "Could not run",
}
"""What stands before its parts, in a terminal and on the page."""

WRONG_SHOWN = 5
"""Wrong answers that are shown whole; the others are in the JSON report."""

VIOLATIONS_SHOWN, ALIKE_SHOWN = 5, 2
"""Violations of an answer that are shown, and of one kind."""
KINDS_SHOWN, PROFILES_SHOWN, FIRST_SHOWN = 12, 8, 5


@dataclass(frozen=True, slots=True)
class ContextLine:
    """One event near a violation; `offset_ms` is `None` where nothing came any more, and where a
    recording has no times. `name` is empty where nothing came."""

    index: int
    offset_ms: float | None
    name: str
    what: str
    marked: bool
    """Whether the violation is at this event."""
    cut_after: bool = False


def promise(contract: Contract) -> str:
    """What the contract promises."""
    match contract.start:
        case RequestTemplate(method=method, path=path):
            asked = f"{method} {path}"
        case Emit(event=event):
            asked = f"{event} on {contract.namespace}"
    ends = [kind.name for kind in contract.kinds if kind.end]
    begun = [life for life in contract.lives if life.within is None]
    firsts = allowed(
        contract,
        [
            name
            for name in contract.order[OPENED]
            if not any(name in named(one.order) and name not in one.order[OPENED] for one in begun)
        ],
    )
    first = ", ".join(firsts[:FIRST_SHOWN]) + (" …" if len(firsts) > FIRST_SHOWN else "")
    last = " or ".join(allowed(contract, ends))
    return f"{asked}; begins with {first}; ends once, with {last}"


def heading(result: AnswerResult) -> str:
    """What an answer that is not right is called."""
    called, cuts = result.observation.called.capitalize(), len(result.observation.cuts)
    if not result.wrong:
        return f"{called}: undecided"
    return f"{called} (cut {counted(cuts, 'time')})" if cuts else called


def left_out(report: Report) -> tuple[str, str]:
    """The answers that are not shown, wrong and undecided, in words; empty where there are none."""

    def words(answers: int, noun: str) -> str:
        more = answers - WRONG_SHOWN
        return f"and {counted(more, noun)} (in the JSON report)" if more > 0 else ""

    return (
        words(len(report.wrong), "more wrong answer"),
        words(len(report.undecided), "more undecided answer"),
    )


def came(result: AnswerResult) -> str:
    """What came of one answer: its kinds of events, and how much text."""
    runs = [
        (kind, len(list(same)))
        for kind, same in groupby(_name(seen) for seen in result.observation.timeline)
    ]
    said = [kind if count == 1 else f"{kind} ×{count}" for kind, count in runs]
    if len(said) > KINDS_SHOWN:
        half = KINDS_SHOWN // 2
        said = [*said[:half], f"… {len(said) - 2 * half} more …", *said[-half:]]
    characters = len(result.verdict.text)
    due = f" of {len(result.due)}" if result.due is not None else ""
    return f"{', '.join(said) or 'nothing'}; {characters}{due} characters of text"


def acceptance(result: AnswerResult) -> str:
    """With which habits of providers it would be right; empty where with none."""
    if not result.would_accept:
        return ""
    options = " ".join(f"--accept {name}" for name in result.would_accept)
    profiles = profiles_with(result.would_accept)[:PROFILES_SHOWN]
    named = f", or --profile {' or '.join(profiles)}" if profiles else ""
    does = {habit.name: habit.does for habit in HABITS}
    words = " ".join(does[name] for name in result.would_accept)
    return f"It is right with {options}{named}. {words}"


def lines_around(result: AnswerResult, violation: Violation) -> Iterator[ContextLine]:
    """The events around a violation, the one that it is at among them."""
    observation = result.observation
    for index in around(violation, observation.timeline):
        seen = observation.timeline[index]
        at_ms = (seen.at_ns - observation.started_ns) / 1e6
        yield ContextLine(
            index,
            None if observation.times == "unknown" else at_ms,
            _name(seen),
            _short(seen),
            marked=index == violation.index,
            cut_after=index in observation.cuts,
        )
    if violation.index >= len(observation.timeline):
        yield ContextLine(violation.index, None, "", "(nothing more came)", marked=True)


def shown(violations: Sequence[Violation]) -> tuple[Sequence[Violation], str]:
    """Those to show, no kind of which hides another, and the others in words."""
    alike: Counter[ViolationKind] = Counter()
    first: list[Violation] = []
    for one in violations:
        if alike[one.kind] < ALIKE_SHOWN and len(first) < VIOLATIONS_SHOWN:
            first.append(one)
            alike[one.kind] += 1
    rest = Counter(one.kind for one in violations)
    rest.subtract(alike)
    kinds = ", ".join(kind if n == 1 else f"{kind} ×{n:,}" for kind, n in rest.items() if n)
    return first, f"and {counted(rest.total(), 'more violation')}: {kinds}" if kinds else ""


def means_and_mend(result: AnswerResult, violation: Violation) -> tuple[str, str]:
    """What a client sees of it, and what to do."""
    if violation.kind == "out_of_order" and _stop_unheard(result, violation):
        return STOP_UNHEARD.means, STOP_UNHEARD.mend
    if violation.about:
        advice = ON_CAUSES[violation.about]
        return advice.means, advice.mend
    info = VIOLATIONS[violation.kind]
    after_cut = any(cut < violation.index <= cut + 2 for cut in result.observation.cuts)
    return info.means, info.on_resume if after_cut and info.on_resume else info.mend


def raw(result: AnswerResult) -> list[str]:
    """The answer as it came, where no event was recognised, or none had text; else nothing."""
    glimpse, timeline = result.observation.glimpse, result.observation.timeline
    if glimpse is None or (recognised(timeline) and any(seen.text for seen in timeline)):
        return []
    return list(raw_lines(glimpse))


def _stop_unheard(result: AnswerResult, violation: Violation) -> bool:
    """Whether it is the end of an answer that was stopped and ended as if it had not been."""
    observation = result.observation
    if observation.stopped_ns is None or violation.index >= len(observation.timeline):
        return False
    return observation.timeline[violation.index].end == "completed"


def figures(report: Report) -> Iterator[tuple[str, str]]:
    """What was looked at, and the times, each with its name."""
    rows: Sequence[tuple[str, Sequence[int]]] = (
        ("first token", report.first_tokens_ns),
        ("gap", report.gaps_ns),
        ("added latency", report.added_ns),
        ("upstream closed", report.closed_ns),
    )
    events = sum(len(result.observation.timeline) for result in report.results)
    cut = f", {counted(report.cuts, 'connection')} cut and resumed" if report.config.cutting else ""
    yield "looked at", f"{counted(len(report.results), 'answer')}, {events:,} events{cut}"
    known = sum(result.due is not None for result in report.results)
    compared = "every one" if known == len(report.results) else f"{known}"
    yield (
        "text compared",
        f"{compared} with what was due" if known else "no: nobody said what is due",
    )
    if report.undecided:
        why = "a time is unknown" if report.config.recorded else "somebody was halted"
        yield "undecided", f"{counted(len(report.undecided), 'answer')}: {why}"
    if words := _times(report):
        yield "times", words
    for name, times in rows:
        if spread := spread_ms(times):
            p50, p99, most = (spread[key] for key in ("p50", "p99", "max"))
            text = f"p50 {p50:.1f} · p99 {p99:.1f} · max {most:.1f} ms"
            yield name, text + (" after the stop" if name == "upstream closed" else "")
    if read_on := sum(result.read_on for result in report.results):
        yield "upstream ran on", f"after {counted(read_on, 'stop')}: the model was not stopped"


def _times(report: Report) -> str:
    """What could not be judged, since a recording lacks its times."""
    unknown = sum(one.observation.times == "unknown" for one in report.results)
    gaps = sum(one.observation.times == "gaps" for one in report.results)
    of = "" if unknown + gaps == len(report.results) == 1 else " of {}"
    words = []
    if unknown:
        of_them = of.format(counted(unknown, "answer"))
        words.append(f"unknown{of_them}: whether text came late or in lumps is not judged")
    if gaps:
        of_them = of.format(counted(gaps, "answer"))
        words.append(f"known from the first event on{of_them}: the first text may have been late")
    return "; ".join(words)


def conclusion(report: Report) -> str:
    """The verdict in one line."""
    if report.exit_code == RIGHT:
        return f"right: {counted(len(report.results), 'answer')} kept the contract"
    if report.exit_code == WRONG:
        broke = f"{len(report.wrong)} of {counted(len(report.results), 'answer')}"
        return f"wrong: {broke} broke the contract"
    if report.exit_code == UNDECIDED:
        may = f"{len(report.undecided)} of {counted(len(report.results), 'answer')}"
        more = "check again on a quieter machine"
        if report.config.recorded:
            more = "the recording does not tell"
        return f"undecided: {may} may have broken the contract; {more}"
    return "no verdict"


def counted(number: int, noun: str) -> str:
    """A number with its noun: `1 answer`, `2,000 answers`."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def _name(event: Seen) -> str:
    return event.kind or (event.event or "unknown")


def _short(event: Seen) -> str:
    payload = event.payload
    if isinstance(payload, Malformed):
        return repr(payload.raw)
    if event.text is not None:
        number = f"seq {event.seq} " if event.seq is not None else ""
        return f"{number}{json.dumps(event.text, ensure_ascii=False)}"
    return json.dumps(payload, ensure_ascii=False, default=str)
