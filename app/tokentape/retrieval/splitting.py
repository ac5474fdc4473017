"""A document cut into passages: whole paragraphs where they fit, else sentences. Pure."""

import re
from collections.abc import Iterator

from tokentape.workflows.sentences import sentences_of

PASSAGE_MAX_CHARS = 800
PARAGRAPHS = re.compile(r".+?(?:\n\s*\n|\Z)", re.DOTALL)
WORDS = re.compile(r"\S*\s*")


def passages_of(text: str, most: int = PASSAGE_MAX_CHARS) -> list[str]:
    """Passages of at most `most` characters, in order; together they hold all that is no space."""
    passages: list[str] = []
    passage = ""
    for piece in _pieces(text, most):
        if passage and len((passage + piece).strip()) > most:
            passages.append(passage)
            passage = ""
        passage += piece
    passages.append(passage)
    return [one for passage in passages if (one := passage.strip())]


def _pieces(text: str, most: int) -> Iterator[str]:
    for paragraph in PARAGRAPHS.findall(text):
        if len(paragraph.strip()) <= most:
            yield paragraph
            continue
        for sentence in sentences_of(paragraph):
            if len(sentence.strip()) <= most:
                yield sentence
            else:
                yield from _cut(sentence, most)


def _cut(sentence: str, most: int) -> Iterator[str]:
    """Words; of a word that is too long, pieces."""
    for word in WORDS.findall(sentence):
        for start in range(0, len(word), most):
            yield word[start : start + most]
