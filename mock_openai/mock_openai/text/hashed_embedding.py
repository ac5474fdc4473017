"""A text as a point: hashed features, so that similar texts are near. Pure, no vocabulary.

Words count most; letter trigrams make `stream` and `streaming` neighbours.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import math
import re
from array import array
from collections import Counter
from zlib import crc32

_WORD = re.compile(r"\w+")
_TRIGRAM_WEIGHT = 0.35


def embed(text: str, dimensions: int) -> "array[float]":
    """`dimensions` floats of 32 bits, of length 1; the same on every machine."""
    values = [0.0] * dimensions
    lower = text.lower()
    words = _WORD.findall(lower) or [lower]
    _add(values, "w", Counter(words), 1.0)
    padded = f" {' '.join(words)} "
    trigrams = Counter(map("".join, zip(padded, padded[1:], padded[2:], strict=False)))
    _add(values, "t", trigrams, _TRIGRAM_WEIGHT)
    length = math.sqrt(math.fsum(value * value for value in values))
    if length < 1e-9:  # features that cancel each other out
        values[crc32(lower.encode("utf-8", "surrogatepass")) % dimensions] = length = 1.0
    return array("f", [value / length for value in values])


def _add(values: list[float], kind: str, counts: Counter[str], weight: float) -> None:
    """A feature that comes often counts more, but less and less so."""
    dimensions = len(values)
    for feature, times in counts.items():
        hashed = crc32(f"{kind}{feature}".encode("utf-8", "surrogatepass"))
        # The lowest bits place it, the highest gives its sign: different bits of one hash.
        sign = 1.0 if hashed & 0x80000000 else -1.0
        values[hashed % dimensions] += sign * weight * math.sqrt(times)
