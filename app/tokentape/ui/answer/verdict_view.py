"""A verdict in the words that a person reads, with what each check found.

Pure: the judging itself is `tokentape.contract.verdict`'s, the words of each kind of violation are
`tokentape.contract.violations`'s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tokentape.contract.contract import Outcome
from tokentape.contract.verdict import Verdict
from tokentape.contract.violations import VIOLATIONS, Group, Violation

Tone: TypeAlias = Literal["right", "wrong", "unknown"]

VIOLATIONS_SHOWN = 8

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
    checks = (
        _order(verdict, events),
        _content(verdict, script),
        *_timing(verdict),
        _ending(verdict),
    )
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
    if found := _phrases(verdict.violations, "order"):
        return Check("Order", "wrong", found)
    counted = "1 event" if events == 1 else f"{events:,} events"
    return Check("Order", "right", f"{counted}, each where it may come")


def _content(verdict: Verdict, script: ExpectedText) -> Check:
    if found := _phrases(verdict.violations, "content"):
        return Check("Content", "wrong", found)
    if script.text is None:
        return Check("Content", "unknown", f"not compared ({script.why})")
    if not verdict.text:
        return Check("Content", "unknown", "no text came")
    if verdict.outcome == "completed":
        return Check("Content", "right", f"all {len(script.text):,} characters as scripted")
    said = f"{len(verdict.text):,} of {len(script.text):,} characters"
    return Check("Content", "right", f"as scripted so far: {said}")


def _timing(verdict: Verdict) -> Sequence[Check]:
    """Nothing where time was right, or was not judged."""
    found = _phrases(verdict.violations, "timing")
    return [Check("Timing", "wrong", found)] if found else []


def _ending(verdict: Verdict) -> Check:
    tone, finding = _ENDINGS[verdict.outcome]
    if found := _phrases(verdict.violations, "error"):
        tone, finding = "wrong", found
    return Check("Ending", tone, finding + (f" with code {verdict.code}" if verdict.code else ""))


def _phrases(violations: Sequence[Violation], group: Group) -> str:
    infos = [VIOLATIONS[each.kind] for each in violations]
    return ", ".join(dict.fromkeys(info.phrase for info in infos if info.group == group))


def _located(violation: Violation) -> str:
    when = "" if violation.offset_ms is None else f" at {violation.offset_ms:,.1f} ms"
    return f"event {violation.index}{when}: {violation.message}"
