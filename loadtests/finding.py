"""Finding: what is to be said of one answer, once it is over and its script is known.

Pure: a view and a script in, failures and figures out.
"""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from app.contract.contract import Contract
from app.contract.timeline import Latency, Seen, latency_of
from app.contract.verdict import Expectation, judge
from app.contract.violation import Violation, ViolationKind
from loadtests.question import Question
from loadtests.script import Script, added_ns

FailureKind: TypeAlias = ViolationKind | Literal["unreachable", "unverified"]


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

    `timeline` is `None` where no stream began, which is then one of the failures.
    """

    started_ns: int
    timeline: tuple[Seen, ...] | None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    contract: str
    tag: str
    planted: bool
    """Whether the mock went wrong on purpose, so that a failure is due."""
    failures: tuple[Failure, ...]
    latency: Latency
    added_ns: tuple[int, ...] = ()
    to_model_ns: int | None = None
    """From the send to the request's arrival at the mock."""

    @property
    def right(self) -> bool:
        return not self.failures


COMPLETED = Expectation(outcome="completed")


def find(
    contract: Contract,
    question: Question,
    view: View,
    script: Script | None,
    *,
    scripted: bool = True,
    expectation: Expectation = COMPLETED,
) -> Finding:
    """Judge one answer. `scripted`: a mock knows what was due, so not knowing it is a failure."""
    timeline = view.timeline or ()
    failures = list(view.failures)
    if view.timeline is not None:
        due = replace(expectation, text=script.text if script else None)
        verdict = judge(contract, timeline, view.started_ns, due)
        failures += [
            Failure(found.kind, f"at event {found.index}", _message(found))
            for found in verdict.violations
        ]
        if scripted and script is None:
            message = "the mock's journal has no such question"
            failures.append(Failure("unverified", AFTER, message))
    return Finding(
        contract=contract.key,
        tag=question.tag,
        planted=bool(script.harms) if script else question.planted,
        failures=tuple(failures),
        latency=latency_of(timeline, view.started_ns),
        added_ns=added_ns(script, timeline) if script else (),
        to_model_ns=_to_model_ns(view, script),
    )


def _message(violation: Violation) -> str:
    if violation.offset_ms is None:
        return violation.message
    return f"{violation.message}, {violation.offset_ms:.1f} ms from the start"


def _to_model_ns(view: View, script: Script | None) -> int | None:
    if script is None or script.asked_ns is None or script.asked_ns < view.started_ns:
        return None
    return script.asked_ns - view.started_ns
