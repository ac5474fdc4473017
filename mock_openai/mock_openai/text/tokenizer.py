"""Cuts text into pieces: the mock's own tokens, words, characters. Joined, they are the text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_TOKEN = re.compile(r"\s?\w{1,8}|\s?[^\w\s]{1,3}|\s+")
_WORD = re.compile(r"\S+\s*|\s+")
KINDS = ("token", "word", "char")


@dataclass(frozen=True, slots=True)
class Chunking:
    """How an answer is cut into chunks; `chars` > 0 overrides `kind`."""

    kind: str = "token"
    chars: int = 0

    def __call__(self, text: str) -> Sequence[str]:
        if self.chars:
            return _slices(text, self.chars)
        if self.kind == "char":
            return text
        return _WORD.findall(text) if self.kind == "word" else tokens(text)


_MOST_CACHED = 64
_LONGEST_CACHED = 20_000  # characters
_cached: dict[tuple[str, int], tuple[str, ...]] = {}
"""By the text and by the characters of a piece: 0 for tokens. A scripted text comes again."""


def tokens(text: str) -> tuple[str, ...]:
    """About four characters each, as with OpenAI's; deterministic and without a vocabulary."""
    cached = _cached.get((text, 0))
    return remember(text, tuple(_TOKEN.findall(text))) if cached is None else cached


def _slices(text: str, chars: int) -> tuple[str, ...]:
    cached = _cached.get((text, chars))
    if cached is not None:
        return cached
    return remember(text, tuple([text[i : i + chars] for i in range(0, len(text), chars)]), chars)


def remember(text: str, cut: tuple[str, ...], chars: int = 0) -> tuple[str, ...]:
    """For who has written the text token by token: it is soon asked for again, and again."""
    if len(text) > _LONGEST_CACHED:
        return cut
    while len(_cached) >= _MOST_CACHED:
        del _cached[next(iter(_cached))]
    _cached[text, chars] = cut
    return cut


def count(text: str) -> int:
    """The tokens of a text: about four characters each."""
    return len(tokens(text))
