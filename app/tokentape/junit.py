"""JUnit: what was tested as the XML that CI systems read. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a case is not right: a `failure` is what was tested for, an `error` kept it from being
    tested, and one that was `skipped` is undecided: it counts neither way."""

    outcome: Literal["failure", "error", "skipped"]
    message: str
    kind: str | None = None
    told: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was tested; `subject` is what the cases are grouped by."""

    subject: str
    name: str
    trouble: Trouble | None = None
    seconds: float | None = None


def junit(suite: str, cases: Iterable[Case]) -> str:
    """The file of one suite."""
    tested = list(cases)
    outcomes = [case.trouble.outcome for case in tested if case.trouble]
    skipped = f' skipped="{outcomes.count("skipped")}"' if "skipped" in outcomes else ""
    head = (
        f'<testsuite name={_attribute(suite)} tests="{len(tested)}"'
        f' failures="{outcomes.count("failure")}" errors="{outcomes.count("error")}"{skipped}>'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', head, *map(_case, tested), "</testsuite>"]
    return "\n".join([*lines, ""])


def _case(case: Case) -> str:
    time = "" if case.seconds is None else f' time="{case.seconds:.3f}"'
    names = f"classname={_attribute(case.subject)} name={_attribute(case.name)}"
    if case.trouble is None:
        return f"  <testcase {names}{time}/>"
    return f"  <testcase {names}{time}>\n    {_trouble(case.trouble)}\n  </testcase>"


def _trouble(trouble: Trouble) -> str:
    kind = "" if trouble.kind is None else f" type={_attribute(trouble.kind)}"
    head = f"<{trouble.outcome}{kind} message={_attribute(trouble.message)}"
    return (
        f"{head}>{escape(_clean(trouble.told))}</{trouble.outcome}>"
        if trouble.told
        else f"{head}/>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
