"""Steps are counted, and what is written for an expression is bounded and matches it."""

import random
import re

import pytest

from mock_openai.text.regex_string import patterned
from mock_openai.text.regex_tree import ExpressionError, read_expression
from mock_openai.text.work_limit import TooMuchWorkError, bounded_work, spend


def test_steps_are_counted_over_all_that_is_inside() -> None:
    with bounded_work(10):
        spend(6)
        with bounded_work(10):
            spend(4)
            with pytest.raises(TooMuchWorkError, match="more than 10 steps"):
                spend(1)
    spend(10**9)  # outside of any bound


@pytest.mark.parametrize(
    "pattern", ["(?:){400000000}", "((){9999}){9999}", "(a{900})(\\1{900}){9}"]
)
def test_a_pattern_without_end_takes_a_bounded_number_of_steps(pattern: str) -> None:
    with pytest.raises(TooMuchWorkError):
        patterned(pattern, random.Random(1))


@pytest.mark.parametrize(
    "pattern",
    [
        "[[a]{3}", "[a&&b]", "[]a]", "[^]]", "[a-]", "[-a]", "[\\w-]{4}", "[\\]\\\\]",
        "x{,3}", "x{2,}", "x{}", "x{,}", "(?P<n>a|b)(?P=n)", "(?#note)ab", "(?i:a)b",
        "\\x41\\u0042",
        "(a)(b)\\2\\1",
        "\\-\\/", "a+?b*?", "(?:)", "", "a|", "\\t\\n", "[\\b\\t]", "[a-c-e]", "\\0",
        "(((a|b)+c?)*d{2,3}|[^\\s])$",
    ],
)  # fmt: skip
def test_what_is_written_for_an_expression_matches_it(pattern: str) -> None:
    for seed in range(30):
        made = patterned(pattern, random.Random(seed))
        assert made is not None
        assert re.fullmatch(pattern.replace("[[", "[\\[").replace("&&", "\\&&"), made)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("(?<n>a)\\k<n>", "aa"), ("\\u{1F600}", "😀"), ("\\ud83d\\ude00", "😀"), ("\\cA", "\x01"),
        ("[[]", "["),
    ],
)  # fmt: skip
def test_what_only_json_schema_writes_is_understood(pattern: str, matches: str) -> None:
    assert patterned(pattern, random.Random(1)) == matches


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?<!a)b", "(?(1)a|b)", "a**", "*", "(", ")", "[", "\\q", "a{2,1}"]
)
def test_what_is_no_expression_or_looks_around_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        read_expression(pattern)
