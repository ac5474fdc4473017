"""The forms of a report that machines read, as the command saves them and the page downloads them.
Pure."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from tokentape.check.junit_report import to_junit
from tokentape.check.report import Report
from tokentape.check.report_json import to_json
from tokentape.check.sarif_report import to_sarif

FORMS: Mapping[str, Callable[[Report], str]] = {
    "json": lambda report: _in_lines_of_json(to_json(report)),
    "junit": to_junit,
    "sarif": lambda report: _in_lines_of_json(to_sarif(report)),
}
"""Form → the text of its file."""


def _in_lines_of_json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
