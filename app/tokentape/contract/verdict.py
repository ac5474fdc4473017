"""What a contract says of a timeline. One judge for tests, load, e2e, check and UI.

Pure: the same timeline always gets the same verdict.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from tokentape.contract.answer_rules import outcome_findings, text_findings
from tokentape.contract.causes import causes
from tokentape.contract.channel_values import Pieces
from tokentape.contract.contract import Contract, Json, Outcome
from tokentape.contract.field_rules import accumulated, steady, tied, typed
from tokentape.contract.integrity import Difference, compare_seqs
from tokentape.contract.keyed_rules import keyed_findings
from tokentape.contract.known_keys import keys_named, known_keys
from tokentape.contract.lateness import limits
from tokentape.contract.life_walks import NONE, Known
from tokentape.contract.order import UNKNOWN, follow
from tokentape.contract.order_rules import order_findings
from tokentape.contract.patched_documents import patch_differences
from tokentape.contract.run_split import RunPart, asked_for, between_runs, runs_of, used_twice
from tokentape.contract.shown_value import shown
from tokentape.contract.timeline import Latency, Seen, latency_of
from tokentape.contract.violations import Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What must be true of an answer besides its order. `None` is not judged."""

    text: str | None = None
    texts: Sequence[str] | None = None
    """That of each answer, by its number, where several were asked for that differ. Without it
    `text` is due in each."""
    outcome: Outcome | None = None
    first_seq: int = 0
    """The number of the first event due: more than 0 on a resumed stream."""
    stop_asked: bool = False
    """A stop was asked for: even a completed answer may lack its end."""
    hung_up: bool = False
    """The client itself closed the stream: no end is due."""
    max_first_token_ms: float | None = None
    max_gap_ms: float | None = None
    """Between two texts, and between the events from the last text to the end."""
    request: Json = None
    """The body of the request: what `must_echo` names of it comes back."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Right or wrong, with every breach, the text as it was put together and the figures."""

    contract: str
    outcome: Outcome | None
    code: str | None
    text: str
    latency: Latency
    violations: tuple[Violation, ...]
    undecided: tuple[Violation, ...] = ()
    """What may have been a breach: somebody was halted, and the message says who."""
    texts: tuple[str, ...] = ()
    """That of each answer, where there may be several; `text` is the first's."""
    has_content: bool = False
    """Whether anything was said: text, or a tool call, a refusal or another value in pieces."""

    @property
    def right(self) -> bool:
        """Whether surely no rule was broken."""
        return not self.violations and not self.undecided


NOTHING_EXPECTED = Expectation()

_BEHIND_THE_END = ("event_after_end", "second_end")


def judge(
    contract: Contract,
    timeline: Sequence[Seen],
    started_ns: int,
    expectation: Expectation = NOTHING_EXPECTED,
    noticed: Sequence[Difference] = (),
    doubts: Sequence[Difference] = (),
) -> Verdict:
    """Hold a timeline, asked for at `started_ns` and now over, against its contract.

    `noticed` is what was found by other means than the timeline, such as a wrong content type, and
    `doubts` what could not be decided by them. Of a stream with several runs each is judged by
    itself; outcome, text and figures are those of the run that was asked for.
    """
    patches: Sequence[Difference] = ()
    if contract.documents:
        patches = list(patch_differences(contract, timeline, expectation.request))
    if contract.restarts_on or contract.lane is not None:
        runs, session = runs_of(contract, timeline)
        if len(runs) > 1 or session:
            return _judge_runs(
                contract,
                timeline,
                started_ns,
                expectation,
                noticed,
                doubts,
                patches,
                runs=runs,
                session=session,
            )
    return _judge_run(contract, timeline, started_ns, expectation, noticed, doubts, patches=patches)


def _judge_runs(
    contract: Contract,
    timeline: Sequence[Seen],
    started_ns: int,
    expectation: Expectation,
    noticed: Sequence[Difference],
    doubts: Sequence[Difference],
    patches: Sequence[Difference],
    *,
    runs: Sequence[RunPart],
    session: Sequence[int],
) -> Verdict:
    asked = asked_for(contract, timeline, runs, expectation.request)
    violations: list[Violation] = []
    undecided: list[Violation] = []
    verdict: Verdict | None = None
    known = known_keys(contract, expectation.request)
    unpatched = {one.index: one for one in patches}
    for run in runs:
        part = [timeline[place] for place in run.places]
        due = expectation if run is asked else NOTHING_EXPECTED
        here = [
            replace(unpatched.pop(place), index=index)
            for index, place in enumerate(run.places)
            if place in unpatched
        ]
        one = _judge_run(contract, part, started_ns, due, (), (), known, here)
        verdict = one if run is asked else verdict
        known |= keys_named(contract, part)
        places = [*run.places, run.places[-1] + 1 if run.places else 0]
        violations += (replace(broken, index=places[broken.index]) for broken in one.violations)
        undecided += (replace(doubt, index=places[doubt.index]) for doubt in one.undecided)
    located = _locator(timeline, started_ns)
    between = *between_runs(contract, timeline, session), *used_twice(contract, timeline, runs)
    violations += map(located, (*noticed, *unpatched.values(), *between))
    violations.sort(key=lambda one: one.index)
    undecided += map(located, doubts)
    verdict = verdict or _judge_run(contract, (), started_ns, expectation, (), ())
    return replace(verdict, violations=tuple(violations), undecided=tuple(undecided))


def _locator(timeline: Sequence[Seen], started_ns: int) -> Callable[[Difference], Violation]:
    def located(one: Difference) -> Violation:
        at_ns = timeline[one.index].at_ns if one.index < len(timeline) else None
        offset_ms = None if at_ns is None else (at_ns - started_ns) / 1e6
        return Violation(one.kind, one.index, offset_ms, one.message, one.about)

    return located


def _judge_run(
    contract: Contract,
    timeline: Sequence[Seen],
    started_ns: int,
    expectation: Expectation,
    noticed: Sequence[Difference],
    doubts: Sequence[Difference],
    known: Known = NONE,
    patches: Sequence[Difference] = (),
) -> Verdict:
    end = next((seen for seen in timeline if seen.end), None)
    latency = latency_of(timeline, started_ns)
    located = _locator(timeline, started_ns)
    first_ms, gap_ms = expectation.max_first_token_ms, expectation.max_gap_ms
    sure, unsure = limits(timeline, started_ns, first_ms, gap_ms)
    finding = _differences(contract, timeline, expectation, known)
    # Who looks sees that a stream was closed; whether it may be over there, the contract says.
    closed = finding.over and not expectation.hung_up
    behind = [one.index for one in finding.differences if one.kind in _BEHIND_THE_END]
    noticed = [
        *(one for one in noticed if not (closed and one.kind == "missing_end" and not one.about)),
        # What came behind the end is told as that.
        *(one for one in patches if not behind or one.index < min(behind)),
        *sure,
    ]
    found = causes([*noticed, *finding.differences], timeline)
    if strangers := of_another_run(timeline):
        # What only names another run is this answer's all the same; what explains more is told.
        own = [place for place in range(len(timeline)) if place not in strangers]
        mine = _differences(
            contract, [timeline[place] for place in own], expectation, known
        ).differences
        places = [*own, len(timeline)]
        apart = [
            *noticed,
            *(Difference("id_changed", place, words) for place, words in strangers.items()),
            *(replace(one, index=places[one.index]) for one in mine),
        ]
        found = min(found, causes(apart, timeline), key=_unexplained)
    found.sort(key=lambda difference: difference.index)
    texts = tuple("".join(piece for _, piece in pieces) for pieces in finding.answers)
    return Verdict(
        contract=contract.key,
        outcome=end.end if end else "completed" if finding.over else None,
        code=end.code if end else None,
        text=texts[0],
        texts=texts,
        has_content=finding.has_content or any(texts),
        latency=latency,
        violations=tuple(map(located, found)),
        undecided=tuple(map(located, (*doubts, *unsure))),
    )


@dataclass(frozen=True, slots=True)
class _Findings:
    """What is wrong with one run, and the pieces of its answers."""

    differences: list[Difference]
    answers: list[Pieces]
    over: bool
    """It stopped where it may, without an event that says so."""
    has_content: bool = False


def _differences(
    contract: Contract, timeline: Sequence[Seen], expectation: Expectation, known: Known
) -> _Findings:
    walk = follow(contract.order, (seen.kind or UNKNOWN for seen in timeline))
    end = next((seen for seen in timeline if seen.end), None)
    over = end is None and walk.state in contract.may_stop_in
    answers = [[(index, seen.text) for index, seen in enumerate(timeline) if seen.text]]
    keyed: list[Difference] = []
    has_content = False
    if contract.keyed:
        found = keyed_findings(contract, timeline, expectation.request, known, over=over)
        keyed, has_content, answers = found.differences, found.has_content, found.answers or answers
    changed = [*steady(contract, timeline), *tied(contract, timeline)]
    places = {one.index for one in changed}
    last = len(timeline) if walk.ended_at is None else walk.ended_at
    if end is not None and end.end == "failed":
        last = next(index for index, seen in enumerate(timeline) if seen is end)
    # An event with a wrong id belongs nowhere, nor does one behind the end: that is said once.
    keyed = [
        one
        for one in keyed
        if one.index <= last and (one.kind != "out_of_order" or one.index not in places)
    ]
    differences = [
        *keyed,
        *order_findings(contract, timeline, walk, ends=not expectation.hung_up),
        *compare_seqs([seen.seq for seen in timeline], expectation.first_seq),
        *accumulated(contract, timeline),
        *changed,
        *typed(contract, timeline),
        *text_findings(
            answers,
            timeline,
            expectation.text,
            expectation.texts,
            stop_asked=expectation.stop_asked,
            over=over,
        ),
        *outcome_findings(timeline, expectation.outcome, end),
    ]
    return _Findings(differences, answers, over, has_content)


def of_another_run(timeline: Sequence[Seen]) -> dict[int, str]:
    """Events that name another run than the first one does, before this one goes on: by their
    places, in words."""
    runs = [(place, seen.run) for place, seen in enumerate(timeline) if seen.run]
    own = runs[0][1] if runs else None
    last = max((place for place, run in runs if run == own), default=0)
    return {
        place: f"{_what(timeline[place])} of run {shown(run)} came amid run {shown(own)}"
        for place, run in runs
        if run != own and place < last
    }


def _unexplained(differences: Sequence[Difference]) -> int:
    return sum(one.kind != "id_changed" for one in differences)


def _what(event: Seen) -> str:
    return event.kind or event.event or "an unknown frame"
