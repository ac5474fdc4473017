"""What somebody may have meant by a word that nobody knows. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice

WORD_MAX, KNOWN_MAX = 80, 200
"""Characters that are compared, and words: all of them of a long list would take minutes."""


def nearest(word: object, known: Iterable[object]) -> str:
    """` Did you mean …?`, or what there is."""
    words = [str(one) for one in islice(known, KNOWN_MAX + 1)]
    likely = [one for one in words[:KNOWN_MAX] if len(one) <= WORD_MAX]
    matches = get_close_matches(str(word)[: WORD_MAX + 1], likely, 1)
    if matches:
        return f" Did you mean {matches[0]!r}?"
    if len(words) > len(likely):
        likely.append("…")
    return f" There are: {', '.join(likely)}."
