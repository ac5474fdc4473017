"""What is to be said of one answer, once it is over and its script is known.

Pure: a view and a script in, failures and figures out.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tokentape.contract.buffering import Hold, doubt_of, violation_of
from tokentape.contract.contract import Contract, Json, Outcome
from tokentape.contract.integrity import Difference
from tokentape.contract.script import Script, added_ns
from tokentape.contract.timeline import Latency, Seen, latency_of
from tokentape.contract.verdict import Expectation, judge
from tokentape.contract.violations import Violation, ViolationKind
from tokentape_load.judging.failure_kinds import TIMING, FailureKind
from tokentape_load.judging.hold_detection import Course, course_of, holds_of, planted_hold
from tokentape_load.workload.journeys import CHAT, Journey
from tokentape_load.workload.prompts import Question


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong with an answer and where; the message has the particulars."""

    kind: FailureKind
    place: str
    message: str

    def __str__(self) -> str:
        return f"{self.kind} {self.place}"


BEFORE = "before the stream"
AFTER = "after the stream"


@dataclass(frozen=True, slots=True)
class View:
    """What a viewer brings back from one question: the timeline, and the transport's own failures.

    `timeline` is `None` where no stream began, which is then one of the failures. Times are those
    of the host's monotonic clock.
    """

    started_ns: int
    timeline: tuple[Seen, ...] | None
    failures: tuple[Failure, ...] = ()
    first_byte_ns: int | None = None
    closed_ns: int | None = None
    """When there was nothing more to read: the end of the body, or of a socket's answer."""
    cuts: tuple[int, ...] = ()
    """The places in the timeline before which the connection was cut."""
    stopped_ns: int | None = None
    """When a stop was asked for."""
    typing_ns: int | None = None
    """From a member's beginning to type until another member was told."""
    lost: str = ""
    """Why there was nothing more to read before the end, where that is known."""
    request: Json = None
    """The body that asked, where the contract looks into it."""


@dataclass(frozen=True, slots=True)
class ServerReport:
    """What the mock says of one answer: its script, and the violations that its faults cause."""

    script: Script
    harms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerResult:
    """Durations are nanoseconds, `None` where there is none."""

    contract: str
    journey: str
    tag: str
    planted: bool
    """Whether the mock went wrong on purpose, so that a failure is due."""
    failures: tuple[Failure, ...]
    latency: Latency
    started_ns: int
    undecided: tuple[Failure, ...] = ()
    """What may have been a failure, with the reason why nobody can say."""
    texts_ns: tuple[int, ...] = ()
    """When each text came, by the host's monotonic clock."""
    gaps_ns: tuple[tuple[int, int], ...] = ()
    """Each gap between two texts on one connection: when it ended, and how long it was."""
    added_ns: tuple[int, ...] = ()
    to_model_ns: int | None = None
    first_byte_ns: int | None = None
    close_ns: int | None = None
    intended_ns: int | None = None
    """By how much the start was late against an open loop's schedule."""
    stop_ns: int | None = None
    """From the stop to the terminal event."""
    typing_ns: int | None = None
    resume_ns: tuple[int, ...] = ()
    """From the last event before each cut to the first one after it."""
    holds: tuple[Hold, ...] = ()
    """What came together although it was written apart, where nobody is known to have planted it:
    the server as a whole may have been late."""
    course: Course | None = None
    """When it was due and when it was late, where the model's times are known."""

    @property
    def right(self) -> bool:
        """Whether nothing is surely wrong with it; it may be undecided."""
        return not self.failures

    @property
    def doubtful(self) -> bool:
        """Whether it is neither surely right nor wrong."""
        return not self.failures and bool(self.undecided)

    def without(self, secret: str) -> "AnswerResult":
        """The same, where a server that said our token again is not quoted with it."""

        def without(failures: Sequence[Failure]) -> tuple[Failure, ...]:
            return tuple(
                replace(one, message=one.message.replace(secret, "***")) for one in failures
            )

        if not any(secret in one.message for one in (*self.failures, *self.undecided)):
            return self
        return replace(self, failures=without(self.failures), undecided=without(self.undecided))

    def without_times(self) -> "AnswerResult":
        """The same, without what grows with the length of the answer."""
        latency = replace(self.latency, gaps_ns=())
        return replace(self, latency=latency, texts_ns=(), gaps_ns=(), added_ns=(), course=None)

    def held(self, holds: Sequence[Hold]) -> "AnswerResult":
        """The same, with these of its holds alone."""
        failures = [failure for failure in self.failures if failure.kind != "buffered"]
        undecided = [failure for failure in self.undecided if failure.kind != "buffered"]
        for one, among in ((violation_of(holds), failures), (doubt_of(holds), undecided)):
            if one:
                at_ns = next(hold.at_ns for hold in holds if hold.index == one.index)
                offset_ms = (at_ns - self.started_ns) / 1e6
                message = f"{one.message}, {offset_ms:.1f} ms from the start"
                among.append(Failure(one.kind, f"at event {one.index}", message))
        return replace(
            self, failures=tuple(failures), undecided=tuple(undecided), holds=tuple(holds)
        )


_TYPE: ViolationKind = "wrong_content_type"
COMPLETED = Expectation(outcome="completed")


def judge_answer(
    contract: Contract,
    question: Question,
    view: View,
    report: ServerReport | None,
    *,
    journey: Journey = CHAT,
    scripted: bool = True,
    expectation: Expectation = COMPLETED,
    intended_ns: int | None = None,
    order_only: bool = False,
) -> AnswerResult:
    """Judge one answer. `scripted`: a mock knows what was due, so not knowing it is a failure.

    `intended_ns` is when an open loop's schedule had the start. `order_only`: pieces that were kept
    back are no failure.
    """
    timeline, script = view.timeline or (), report.script if report else None
    failures = list(view.failures)
    # Events that waited on a tape come together, as they should: only whole answers are timed.
    timed = not (journey.disturbs or order_only)
    undecided: list[Failure] = []
    suspected: Sequence[Hold] = ()
    if view.timeline is not None:
        noticed = [Difference(_TYPE, 0, one.message) for one in failures if one.kind == _TYPE]
        doubts: list[Difference] = []
        if timed and script is not None and report is not None and "buffered" in report.harms:
            sure, doubt = planted_hold(timeline, view.started_ns, script)
        else:
            suspected = holds_of(timeline, view.started_ns, script) if timed else ()
            sure, doubt = violation_of(suspected), doubt_of(suspected)
        noticed += [sure] if sure else []
        doubts += [doubt] if doubt else []
        due = _due(contract, view, script, expectation)
        verdict = judge(contract, timeline, view.started_ns, due, noticed, doubts)
        failures += [
            _failure(violation, view)
            for violation in verdict.violations
            if violation.kind != _TYPE  # said by the viewer, here only for what follows from it
        ]
        undecided += [_failure(violation, view) for violation in verdict.undecided]
        if scripted and script is None:
            message = "the mock's journal has no such question"
            failures.append(Failure("unverified", AFTER, message))
    started_ns = view.started_ns
    return AnswerResult(
        contract=contract.key,
        journey=journey.name,
        tag=question.tag,
        planted=_planted(question, view, report, failures, timed=timed),
        failures=tuple(failures),
        undecided=tuple(undecided),
        latency=latency_of(timeline, started_ns),
        started_ns=started_ns,
        texts_ns=tuple(seen.at_ns for seen in timeline if seen.text),
        gaps_ns=tuple(_gaps(view)),
        added_ns=added_ns(script, timeline) if script and not view.cuts else (),
        to_model_ns=_since(started_ns, script.asked_ns if script else None),
        first_byte_ns=_since(started_ns, view.first_byte_ns),
        close_ns=_since(started_ns, view.closed_ns),
        intended_ns=_since(intended_ns, started_ns) if intended_ns is not None else None,
        stop_ns=_stop_ns(view),
        typing_ns=view.typing_ns,
        resume_ns=tuple(
            timeline[place].at_ns - timeline[place - 1].at_ns
            for place in view.cuts
            if 0 < place < len(timeline)
        ),
        holds=tuple(suspected),
        course=None if journey.disturbs else course_of(timeline, script),
    )


def _planted(
    question: Question,
    view: View,
    report: ServerReport | None,
    failures: Sequence[Failure],
    *,
    timed: bool,
) -> bool:
    """Whether a failure is due. Who stops may do so before the fault, an idle user asks nothing,
    and times are not judged of every answer: what nobody was there to see is not unseen."""
    harms = report.harms if report else ()
    planted = bool(harms) if report else question.planted
    absent = view.stopped_ns is not None or view.timeline is None
    if harms and not timed:
        absent = absent or TIMING.issuperset(harms)
    return planted and not (absent and not failures)


def _due(
    contract: Contract, view: View, script: Script | None, expectation: Expectation
) -> Expectation:
    stopping = view.stopped_ns is not None
    outcome: Outcome | None = expectation.outcome
    if stopping:
        # A stop may cross the end on its way; what came until then still has to be right.
        ends = {seen.end for seen in view.timeline or () if seen.end}
        outcome = None if "failed" not in ends else outcome
    return replace(
        expectation,
        text=script.text if script else None,
        texts=script.texts if script else None,
        outcome=outcome,
        request=view.request,
        stop_asked=stopping,
        # A viewer that can't read on hangs up.
        hung_up=any(failure.kind == "malformed_frame" for failure in view.failures),
        # A cut makes a gap.
        max_gap_ms=None if view.cuts else expectation.max_gap_ms,
    )


def _gaps(view: View) -> Iterator[tuple[int, int]]:
    cuts = set(view.cuts)
    texts = [(place, seen.at_ns) for place, seen in enumerate(view.timeline or ()) if seen.text]
    for (before, from_ns), (after, at_ns) in pairwise(texts):
        if not cuts or cuts.isdisjoint(range(before + 1, after + 1)):
            yield at_ns, at_ns - from_ns


def _stop_ns(view: View) -> int | None:
    if view.stopped_ns is None:
        return None
    return next(
        (_since(view.stopped_ns, seen.at_ns) for seen in view.timeline or () if seen.end), None
    )


def _failure(violation: Violation, view: View) -> Failure:
    return Failure(violation.kind, f"at event {violation.index}", _message(violation, view))


def _message(violation: Violation, view: View) -> str:
    if violation.kind == "missing_end" and view.lost:
        return f"{violation.message}: {view.lost}"
    if violation.offset_ms is None:
        return violation.message
    return f"{violation.message}, {violation.offset_ms:.1f} ms from the start"


def _since(from_ns: int, at_ns: int | None) -> int | None:
    """`None` too where another host's clock puts the effect before its cause."""
    return None if at_ns is None or at_ns < from_ns else at_ns - from_ns
