"""What somebody may have meant by a word that nobody knows. Pure."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: object, known: Iterable[object]) -> str:
    """` Did you mean …?`, or what there is."""
    words = [str(one) for one in known]
    matches = get_close_matches(str(word), words, 1)
    return f" Did you mean {matches[0]!r}?" if matches else f" There are: {', '.join(words)}."
