"""A run as JUnit: one case a contract, a limit, and the run itself."""

from dataclasses import replace
from xml.etree import ElementTree

from tests.unit.loadtests.made_results import finished, invalid
from tokentape_load.metrics.run_results import Results
from tokentape_load.reports.junit import to_junit


def cases(results: Results) -> dict[str, str]:
    """What became of each case, by subject and name."""
    (suite,) = ElementTree.fromstring(to_junit(results))  # noqa: S314 - we wrote it
    assert suite.get("timestamp", "").startswith("20")
    assert suite.get("time") == f"{results.seconds:.3f}"
    found = {
        f"{case.get('classname')}: {case.get('name')}": next((each.tag for each in case), "right")
        for case in suite
    }
    assert suite.get("tests") == str(len(found))
    assert suite.get("failures") == str(list(found.values()).count("failure"))
    assert suite.get("errors") == str(list(found.values()).count("error"))
    return found


def test_a_failed_run_names_the_contract_and_the_limit_that_failed() -> None:
    assert cases(finished()) == {
        "ai-chat/socketio: every answer is right": "right",
        "ai-chat/sse: every answer is right": "failure",
        "ai-chat/sse stop: every answer is right": "right",
        "inference/sse: every answer is right": "right",
        "all: ttft_p99_ms": "right",
        "ai-chat/sse: violations": "failure",
        "run: the run counts": "failure",
    }


def test_a_passed_run_has_no_trouble() -> None:
    assert set(cases(finished(wrong=0)).values()) == {"right"}


def test_an_invalid_run_is_an_error_and_no_failure_of_the_server() -> None:
    assert cases(invalid())["run: the run counts"] == "error"
    assert "woke up to 61 ms late" in to_junit(invalid())


def test_an_empty_run_is_not_right() -> None:
    empty = replace(finished(), rows=(), rulings=(), reasons=("no answer was seen",))
    assert cases(empty) == {"run: the run counts": "failure"}


def test_a_planted_fault_that_went_unseen_is_a_failure() -> None:
    row = replace(finished().rows[0], planted=3, planted_found=2)
    suite = to_junit(replace(finished(wrong=0), rows=(row,)))
    assert "1 of 3 planted faults went unseen" in suite


def test_what_others_wrote_stays_text() -> None:
    evil = "\x00 ]]></failure><script>\x1b \ud800"
    row = replace(finished().rows[1], contract=evil, violations={evil: 1})
    (suite,) = ElementTree.fromstring(to_junit(replace(finished(), rows=(row,))))  # noqa: S314 - we wrote it
    assert "<script>" in (suite[0].get("classname") or "")
