"""One table says all of each violation; the mock's faults and the load runs speak of the same."""

from mock_openai.faults import FAULTS
from mock_openai.faults.official import OFFICIAL
from mock_openai.faults.reading import read_fault_text
from tokentape.contract.violations import (
    NUMBER_KINDS,
    TEXT_KINDS,
    VIOLATION_KINDS,
    VIOLATIONS,
    kinds_of,
)
from tokentape_load.judging.failure_kinds import ERRORS, OWN_FAILURES, PHRASES, TIMING

NOT_THE_MOCKS = {
    "accumulated_mismatch",
    "text_altered",
    "left_open",
    "field_wrong",
    "not_json",
    "counter_fell",
}
"""A model's server can't cause these: they are made by the server that passes its answer on."""


def test_each_kind_is_one_row_in_the_order_of_the_closed_set() -> None:
    assert tuple(VIOLATIONS) == VIOLATION_KINDS


def test_each_row_says_all_in_words_of_its_own() -> None:
    for words in ("phrase", "means", "mend"):
        said = [getattr(info, words) for info in VIOLATIONS.values()]
        assert all(said)
        if words != "mend":
            assert len(set(said)) == len(VIOLATIONS)


def test_only_kinds_that_a_lost_connection_can_cause_have_words_for_a_resume() -> None:
    resumed = {kind for kind, info in VIOLATIONS.items() if info.on_resume}
    assert resumed == {"seq_gap", "seq_duplicate", "text_lost", "text_repeated", "refused"}


def test_no_kind_explains_itself_nor_one_that_explains_it() -> None:
    for kind, info in VIOLATIONS.items():
        assert kind not in info.explains
        assert all(kind not in VIOLATIONS[effect].explains for effect in info.explains)


def test_groups() -> None:
    assert kinds_of("timing") == {"first_token_late", "stalled", "buffered"}
    assert kinds_of("error") == {"refused", "failed"}
    assert kinds_of("content") == TEXT_KINDS | {
        "accumulated_mismatch",
        "counter_fell",
        "field_wrong",
        "not_json",
    }
    assert kinds_of("order") > NUMBER_KINDS


def test_each_fault_of_the_mock_causes_a_violation_of_the_table_or_none() -> None:
    assert {name.partition(":")[0] for name in OFFICIAL} == set(FAULTS)
    caused = {read_fault_text(name).violation for name in OFFICIAL}
    caused |= {one for kind in FAULTS.values() for one in kind.elsewhere.values()}
    assert caused <= {*VIOLATIONS, "none"}
    assert set(VIOLATIONS) - caused == NOT_THE_MOCKS


def test_a_load_run_adds_failures_of_its_own_to_the_table() -> None:
    assert not set(OWN_FAILURES) & set(VIOLATIONS)
    assert set(PHRASES) == {*VIOLATIONS, *OWN_FAILURES}
    assert kinds_of("timing") == TIMING
    assert {"refused", "failed", "unreachable"} == ERRORS
