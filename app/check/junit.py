"""JUnit: a report as the XML that CI systems read. One test case for each answer and viewer."""

import re
from xml.sax.saxutils import escape, quoteattr

from app.check.finding import Finding
from app.check.report import Report

_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 can't hold."""


def junit(report: Report) -> str:
    contract = report.wanted.contract.key
    cases = [_case(contract, finding) for finding in report.findings]
    errors = 0
    if report.stopped_short or not report.findings:
        errors = 1
        reason = report.stopped_short or "there was no answer"
        cases.append(
            f'  <testcase classname={_attribute(contract)} name="the check itself">\n'
            f"    <error message={_attribute(reason)}/>\n  </testcase>"
        )
    head = (
        f"<testsuite name={_attribute(f'tokentape check {contract}')}"
        f' tests="{len(cases)}" failures="{len(report.wrong)}" errors="{errors}">'
    )
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *cases, "</testsuite>", ""])


def _case(contract: str, finding: Finding) -> str:
    sight, end_ns = finding.sight, finding.verdict.latency.end_ns
    name = f"answer {sight.turn}, viewer {sight.viewer}"
    time = f' time="{end_ns / 1e9:.3f}"' if end_ns is not None else ""
    head = f"  <testcase classname={_attribute(contract)} name={_attribute(name)}{time}"
    if finding.right:
        return f"{head}/>"
    first, *_ = finding.verdict.violations
    told = "\n".join(str(violation) for violation in finding.verdict.violations)
    return (
        f"{head}>\n    <failure type={_attribute(first.kind)} message={_attribute(str(first))}>"
        f"{escape(_clean(told))}</failure>\n  </testcase>"
    )


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("\ufffd", text)
