"""What scenarios look for in texts, and what no expression may do: hold up everybody."""

import random

import pytest

from mock_openai.scenarios.patterns import MOST_STEPS, read_pattern


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("rain", "Will it rain?", True),
        ("a.c", "abc", False),
        ("/a.c/", "abc", True),
        ("/^SUN/im", "rain\nsun", True),
        ("/^sun/", "rain\nsun", False),
        ("/rain.sun/s", "rain\nsun", True),
        ("/(?P<city>[A-Z]\\w+)\\?$/", "Is it Oslo?", True),
        ("/größe|😀/i", "GRÖSSE GRÖßE", True),
        ("//", "", True),
        ("/\\Arain\\Z/", "rain", True),
        ("/\\Arain\\Z/", "rain\n", False),
        ("/\\\\Z/", "C:\\Z", True),
    ],
)
def test_a_text_occurs_and_an_expression_is_found(pattern: str, text: str, fits: bool) -> None:
    assert read_pattern(pattern).fits(text) is fits


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("/(/", "missing \\)"),
        ("/(?=a)b/", "no look-around"),
        ("/(a)\\1/", "no back-references"),
        ("/(a{500}){500}/", "repetition|too large"),
        ("/(\\pL,){9}/", "too large"),
        ("/\ud800/", "surrogates"),
    ],
)
def test_what_is_no_expression_or_too_large_a_one_is_refused(pattern: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_pattern(pattern)


HOSTILE = ("/(a+)+$/", "/(a|aa)+$/", "/(.*)(.*)(.*)(.*)(.*)x/", "/(x+x+)+y/", "/([ab]*a){30}c/")


@pytest.mark.parametrize("pattern", HOSTILE)
def test_no_expression_goes_back_over_a_text(pattern: str) -> None:
    """With an engine that tracks back these take longer than anybody lives."""
    assert not read_pattern(pattern).fits("a" * 500_000 + "!")


def test_a_heavy_expression_sees_the_beginning_of_a_long_text() -> None:
    """Each `a` may begin what it looks for: RE2's worst, every instruction for every character."""
    heavy = read_pattern("/a[ab]{900}c/")
    letters = "".join(random.Random(1).choices("ab", k=100_000))
    assert heavy.fits("a" * 901 + "c" + letters)
    assert not heavy.fits(letters + "a" * 901 + "c")
    assert MOST_STEPS // heavy.regex.programsize > 20_000
