"""What was tested, as the XML that CI systems read: a suite with a test case for each. Pure."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from xml.etree.ElementTree import Element, SubElement, indent, tostring

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a case is not right: a `failure` is what was tested for, an `error` kept it from being
    tested, and one that was `skipped` is undecided: it counts neither way."""

    outcome: Literal["failure", "error", "skipped"]
    message: str
    kind: str | None = None
    details: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """One thing that was tested; `subject` is what the cases are grouped by."""

    subject: str
    name: str
    trouble: Trouble | None = None
    seconds: float | None = None


def junit(
    suite: str,
    cases: Iterable[Case],
    *,
    began: datetime | None = None,
    seconds: float | None = None,
) -> str:
    """The file of one suite, which began then and took so long: by default the sum of its cases.

    Its `timestamp` is in UTC, without an offset, as the format's schema wants it.
    """
    tested = list(cases)
    known = [case.seconds for case in tested if case.seconds is not None]
    counted = _counts(tested)
    if seconds is not None or known:
        counted["time"] = f"{sum(known) if seconds is None else seconds:.3f}"
    root = Element("testsuites", {"name": _clean(suite), **counted})
    if began is not None:
        counted["timestamp"] = began.astimezone(UTC).replace(tzinfo=None).isoformat("T", "seconds")
    inside = SubElement(root, "testsuite", {"name": _clean(suite), **counted})
    for case in tested:
        _add(inside, case)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _counts(tested: list[Case]) -> dict[str, str]:
    outcomes = Counter(case.trouble.outcome for case in tested if case.trouble)
    return {
        "tests": str(len(tested)),
        "failures": str(outcomes["failure"]),
        "errors": str(outcomes["error"]),
        "skipped": str(outcomes["skipped"]),
    }


def _add(suite: Element, case: Case) -> None:
    said = {"classname": _clean(case.subject), "name": _clean(case.name)}
    if case.seconds is not None:
        said["time"] = f"{case.seconds:.3f}"
    element = SubElement(suite, "testcase", said)
    if case.trouble is not None:
        kind = {} if case.trouble.kind is None else {"type": _clean(case.trouble.kind)}
        message = {"message": _clean(case.trouble.message)}
        inside = SubElement(element, case.trouble.outcome, kind | message)
        inside.text = _clean(case.trouble.details) or None


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
