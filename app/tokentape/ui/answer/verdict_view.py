"""Ruling: a verdict in the words that a person reads, with what each check found.

Pure: the judging itself is `tokentape.contract.verdict`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tokentape.contract.contract import Outcome
from tokentape.contract.verdict import Verdict
from tokentape.contract.violation import Violation, ViolationKind

Tone: TypeAlias = Literal["right", "wrong", "unknown"]

VIOLATIONS_SHOWN = 8

ORDER: frozenset[ViolationKind] = frozenset(
    {
        "out_of_order",
        "event_after_end",
        "missing_end",
        "second_end",
        "seq_gap",
        "seq_duplicate",
        "seq_reordered",
        "id_changed",
        "malformed_frame",
        "wrong_content_type",
    }
)
CONTENT: frozenset[ViolationKind] = frozenset(
    {"text_lost", "text_repeated", "text_reordered", "text_altered", "accumulated_mismatch"}
)

PHRASES: dict[ViolationKind, str] = {
    "out_of_order": "an event came where it may not",
    "event_after_end": "something came after the end",
    "missing_end": "the end never came",
    "second_end": "it ended twice",
    "seq_gap": "a number is missing",
    "seq_duplicate": "an event came twice",
    "seq_reordered": "events changed places",
    "id_changed": "an id changed on the way",
    "malformed_frame": "a frame can't be read",
    "wrong_content_type": "the content type is wrong",
    "text_lost": "text is missing",
    "text_repeated": "text came twice",
    "text_reordered": "text changed places",
    "text_altered": "text was altered",
    "accumulated_mismatch": "the whole is not the sum of its pieces",
}
"""What a check says of a violation, in few words."""

_ENDINGS: dict[Outcome | None, tuple[Tone, str]] = {
    "completed": ("right", "the answer came to its end"),
    "stopped": ("right", "stopped on request"),
    "failed": ("wrong", "the answer failed"),
    None: ("wrong", "no terminal event came"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One question that was asked of the timeline, and the answer."""

    name: str
    tone: Tone
    finding: str


@dataclass(frozen=True, slots=True)
class ViolationRow:
    """One violation, and the index of the row where it shows."""

    row: int
    rule: str
    finding: str


@dataclass(frozen=True, slots=True)
class VerdictView:
    """What is shown of a verdict."""

    headline: str
    tone: Tone
    checks: tuple[Check, ...]
    breaches: tuple[ViolationRow, ...]
    folded: int
    """Breaches that are not shown."""


@dataclass(frozen=True, slots=True)
class ExpectedText:
    """The text that the model was scripted to say, or the reason why it is not known."""

    text: str | None
    why: str = ""


def rule(verdict: Verdict, script: ExpectedText, events: int) -> VerdictView:
    """Put a verdict on `events` events, judged against the script, into words."""
    breaches = verdict.violations
    checks = (_order(verdict, events), _content(verdict, script), _ending(verdict))
    return VerdictView(
        headline=_headline(verdict, checks),
        tone="wrong" if breaches or verdict.outcome == "failed" else "right",
        checks=checks,
        breaches=tuple(
            ViolationRow(breach.index, breach.kind, _located(breach))
            for breach in breaches[:VIOLATIONS_SHOWN]
        ),
        folded=max(0, len(breaches) - VIOLATIONS_SHOWN),
    )


def no_stream(code: str, why: str = "") -> VerdictView:
    """What is said of a turn that was refused, or reached nobody: there is nothing to judge."""
    ending = Check("Ending", "wrong", why or f"refused with code {code}, before any event")
    return VerdictView("No stream began", "wrong", (ending,), (), 0)


def as_stored(outcome: Outcome) -> VerdictView:
    """What is said of an answer whose events are gone, so that only its text is left to show."""
    tone, finding = _ENDINGS[outcome]
    timeline = Check("Timeline", "unknown", "its events are gone: the text is what was stored")
    return VerdictView(
        "Shown as it was stored", tone, (timeline, Check("Ending", tone, finding)), (), 0
    )


def _headline(verdict: Verdict, checks: Sequence[Check]) -> str:
    count = len(verdict.violations)
    if count:
        return "1 rule broken" if count == 1 else f"{count} rules broken"
    if verdict.outcome == "failed":
        return "Failed, and said so"
    whole = all(check.tone == "right" for check in checks)
    if verdict.outcome == "stopped":
        return "Stopped, in order" + (" and as scripted so far" if whole else "")
    return "Whole, in order and as scripted" if whole else "Whole and in order"


def _order(verdict: Verdict, events: int) -> Check:
    if found := _phrases(verdict.violations, ORDER):
        return Check("Order", "wrong", found)
    counted = "1 event" if events == 1 else f"{events:,} events"
    return Check("Order", "right", f"{counted}, each where it may come")


def _content(verdict: Verdict, script: ExpectedText) -> Check:
    if found := _phrases(verdict.violations, CONTENT):
        return Check("Content", "wrong", found)
    if script.text is None:
        return Check("Content", "unknown", f"not compared ({script.why})")
    if not verdict.text:
        return Check("Content", "unknown", "no text came")
    if verdict.outcome == "completed":
        return Check("Content", "right", f"all {len(script.text):,} characters as scripted")
    said = f"{len(verdict.text):,} of {len(script.text):,} characters"
    return Check("Content", "right", f"as scripted so far: {said}")


def _ending(verdict: Verdict) -> Check:
    tone, finding = _ENDINGS[verdict.outcome]
    return Check("Ending", tone, finding + (f" with code {verdict.code}" if verdict.code else ""))


def _phrases(found: Sequence[Violation], kinds: frozenset[ViolationKind]) -> str:
    named = (PHRASES.get(each.kind, each.kind) for each in found if each.kind in kinds)
    return ", ".join(dict.fromkeys(named))


def _located(violation: Violation) -> str:
    when = "" if violation.offset_ms is None else f" at {violation.offset_ms:,.1f} ms"
    return f"event {violation.index}{when}: {violation.message}"
