"""A document's passages: none too long, nothing lost, whole paragraphs where they fit."""

from hypothesis import given
from hypothesis import strategies as st

from tokentape.retrieval.splitting import PASSAGE_MAX_CHARS, passages_of

WORDS = st.sampled_from(["word", "Dr.", "end.", "\n\n", "\n", "x" * 90, "你好。", "- item", "3.14"])


@given(st.lists(WORDS, max_size=80), st.integers(5, 60))
def test_passages_hold_everything_in_order_and_none_is_too_long(
    words: list[str], most: int
) -> None:
    text = " ".join(words)
    passages = passages_of(text, most)
    assert "".join("".join(passages).split()) == "".join(text.split())
    assert all(0 < len(passage) <= most for passage in passages)


def test_paragraphs_stay_whole_where_they_fit() -> None:
    text = "First one.\n\nSecond one here.\n\nThird."
    assert passages_of(text, 20) == ["First one.", "Second one here.", "Third."]
    assert passages_of(text, 30) == ["First one.\n\nSecond one here.", "Third."]


def test_long_paragraph_is_cut_between_sentences() -> None:
    text = "Dr. Who came at 3.15 today. Then he left. It rained."
    assert passages_of(text, 30) == ["Dr. Who came at 3.15 today.", "Then he left. It rained."]


def test_nothing_has_no_passages_and_a_long_text_takes_no_time_of_its_square() -> None:
    assert passages_of(" \n\n ") == []
    passages = passages_of("A sentence of some words. " * 8_000)
    assert len(passages) > 200
    assert max(map(len, passages)) <= PASSAGE_MAX_CHARS
