"""How likely each token was: seeded numbers for `logprobs` and `top_logprobs`. Pure."""

import math
from typing import NamedTuple

from mock_openai.text.random_source import RandomSource, pick
from mock_openai.text.tokenizer import tokens

_OTHERS = (
    " the", " a", " one", " and", " of", ".", ",", " in", " it", " that", " is", " by", " with",
    " on", " to", " for", " as", " at", " from", " or", " but", " not", " all", " so",
)  # fmt: skip


class TokenLogprobs(NamedTuple):
    """`logprob` is a natural logarithm; `tops` are the likeliest tokens, the said one first."""

    token: str
    logprob: float
    tops: tuple[tuple[str, float], ...]


def likelihoods(text: str, alternatives: int, chance: RandomSource) -> tuple[TokenLogprobs, ...]:
    """One for each token of `text`, with so many alternatives."""
    return tuple(_likely(token, alternatives, chance) for token in tokens(text))


def _likely(token: str, alternatives: int, chance: RandomSource) -> TokenLogprobs:
    left = 1.0
    top = 0.5 + 0.499 * chance.random()
    tops = [(token, _log(top))]
    left -= top
    start = _OTHERS.index(pick(chance, _OTHERS))
    for number in range(len(_OTHERS)):
        if len(tops) >= alternatives:
            break
        other = _OTHERS[(start + number) % len(_OTHERS)]
        if other != token:
            share = left * 0.6
            left -= share
            tops.append((other, _log(share)))
    return TokenLogprobs(token, tops[0][1], tuple(tops[:alternatives]))


def _log(share: float) -> float:
    return round(math.log(share), 6)
