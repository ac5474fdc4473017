"""JUnit files as CI systems read them."""

from datetime import UTC, datetime, timedelta, timezone
from xml.etree import ElementTree

import pytest

from tokentape.junit import Case, Trouble, junit

CASES = [
    Case("a", "right", None, 1.25),
    Case("a", "wrong", Trouble("failure", "it broke", "text_lost", "line 1\nline 2"), 0.5),
    Case("b", "unable", Trouble("error", "nobody answered")),
    Case("b", "unsure", Trouble("skipped", "undecided", details="why")),
]


def test_a_suite_has_counts_times_and_a_timestamp() -> None:
    began = datetime(2026, 11, 30, 1, 2, 3, 900_000, tzinfo=timezone(timedelta(hours=1)))
    root = ElementTree.fromstring(junit("a check", CASES, began=began, seconds=7))  # noqa: S314 - we wrote it
    counts = {"tests": "4", "failures": "1", "errors": "1", "skipped": "1", "time": "7.000"}
    assert (root.tag, root.attrib) == ("testsuites", {"name": "a check", **counts})
    (suite,) = root
    assert suite.tag == "testsuite"
    assert suite.attrib == {"name": "a check", **counts, "timestamp": "2026-11-30T00:02:03"}
    assert [case.get("time") for case in suite] == ["1.250", "0.500", None, None]
    inside = [[each.tag for each in case] for case in suite]
    assert inside == [[], ["failure"], ["error"], ["skipped"]]
    failure = suite[1][0]
    assert (failure.attrib, failure.text) == (
        {"type": "text_lost", "message": "it broke"},
        "line 1\nline 2",
    )


def test_without_a_time_of_its_own_a_suite_took_what_its_cases_took() -> None:
    root = ElementTree.fromstring(junit("s", CASES))  # noqa: S314 - we wrote it
    assert root.get("time") == "1.750"
    assert "timestamp" not in root[0].attrib
    assert "time" not in ElementTree.fromstring(junit("s", [])).attrib  # noqa: S314 - we wrote it


@pytest.mark.parametrize("evil", ["\x00\x1b", "]]></failure>", '"&<>', "\ud800", "a\nb"])
def test_what_others_wrote_stays_text(evil: str) -> None:
    case = Case(evil, evil, Trouble("failure", evil, evil, evil))
    root = ElementTree.fromstring(junit(evil, [case], began=datetime.now(UTC)))  # noqa: S314 - we wrote it
    assert [each.tag for each in root.iter()] == ["testsuites", "testsuite", "testcase", "failure"]
    shown = "".join("\ufffd" if one in "\x00\x1b\ud800" else one for one in evil)
    assert root[0][0][0].text == root[0][0].get("name") == shown
