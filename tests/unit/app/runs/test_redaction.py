"""No key and no word of a prompt leaves, whatever surrounds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.runs.redaction import COMMON, Redaction, strings_of

KEY = "our-very-own-key"
PROMPT = "Wie heißt Rumpelstilzchen? PIN 4711, mail bob@example.org"
WORDS = ("Rumpelstilzchen", "4711", "heißt")
REDACTION = Redaction((KEY,), [PROMPT], allowed="m-1")
HARMLESS = (
    "model 'm-1' not found",
    "Rate limit reached",
    "the request exceeds the available context size",
    "maximum context length is 8192 tokens",
    "worker 3 ran out of memory",
)


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_words_reach_everybody(text: str) -> None:
    assert REDACTION.for_log(text) == text
    assert REDACTION.for_caller(text) == text


@pytest.mark.parametrize(
    "text",
    [
        f"key {KEY} is not valid",
        "Incorrect key provided: hunter2",
        "Incorrect API key provided: sk-a",
        "token: abc",
        "authorization: Bearer abc.def",
        "password = 'hunter2'",
        "eyJhbGciOi.J9",
        "0123456789abcdef0123456789abcdef",
        "in organization org-AbC",
    ],
)
def test_keys_reach_nobody(text: str) -> None:
    masked = REDACTION.for_log(text)
    secrets = (KEY, "hunter2", "sk-a", "abc", "eyJ", "0123456789abcdef", "org-AbC")
    assert [one for one in secrets if one in masked] == []
    assert REDACTION.for_caller(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "see http://10.0.0.1/x",
        "host 10.0.0.1 is down",
        "no such file /var/log/x",
        "ask bob@example.com",
        'Traceback: File "x.py"',
        "a" * 300,
    ],
)
def test_the_inside_of_a_house_reaches_no_caller(text: str) -> None:
    assert REDACTION.for_caller(text) == ""


@given(st.text(max_size=40), st.sampled_from(WORDS), st.text(max_size=40))
def test_no_word_of_the_prompt_reaches_anybody(before: str, word: str, after: str) -> None:
    text = before + word + after
    assert word not in REDACTION.for_log(text)
    assert REDACTION.for_caller(text) == ""


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_known_secret_reaches_nobody(before: str, after: str) -> None:
    assert KEY not in REDACTION.for_log(before + KEY + after)
    assert KEY not in REDACTION.for_caller(before + KEY + after)


@given(st.text(max_size=2_000))
def test_a_log_line_is_one_short_line(text: str) -> None:
    masked = REDACTION.for_log(text)
    assert len(masked) <= 501
    assert masked.isprintable()


def test_of_a_very_long_prompt_nothing_is_searched_and_nothing_leaves() -> None:
    redaction = Redaction((), ["word " * 50_000])
    assert redaction.for_log("word of mouth, not found") == "… of …, not found"


def test_common_words_of_a_prompt_are_no_secret() -> None:
    redaction = Redaction((), ["Which model has the longest context?"])
    assert redaction.for_caller("model context too long") == "model context too long"
    assert "rumpelstilzchen" not in COMMON


def test_all_texts_of_a_request_are_prompt() -> None:
    messages = [{"role": "user", "content": [{"type": "text", "text": "a"}]}, {"content": "b"}]
    assert list(strings_of([messages, {"stop": ["c"], "seed": 3}])) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("word", "shown"),
    [("model_not_found", True), ("a b", False), ("sk-x", False), ("x" * 70, False), ("", False)],
)
def test_a_code_is_shown_where_it_looks_like_one(word: str, shown: bool) -> None:
    assert REDACTION.identifier(word) == (word if shown else "")
