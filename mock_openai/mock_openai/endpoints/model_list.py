"""The models that `/v1/models` lists. Without --strict-models any other name answers too."""

from collections.abc import Sequence
from typing import Any

_CREATED = {
    "gpt-3.5-turbo": 1677610602,
    "gpt-4": 1687882411,
    "gpt-4-turbo": 1712361441,
    "gpt-4o": 1715367049,
    "gpt-4o-mini": 1721172741,
    "gpt-4.1": 1744316542,
    "gpt-4.1-mini": 1744318173,
    "gpt-4.1-nano": 1744321707,
    "gpt-5": 1754425777,
    "gpt-5-mini": 1754425928,
    "gpt-5-nano": 1754426384,
    "o3": 1744225308,
    "o4-mini": 1744225351,
    "o1": 1734375816,
    "o3-mini": 1737146383,
    "text-embedding-3-small": 1705948997,
    "text-embedding-3-large": 1705953180,
    "text-embedding-ada-002": 1671217299,
    "gpt-3.5-turbo-instruct": 1692901427,
    "davinci-002": 1692634301,
    "babbage-002": 1692634615,
    "omni-moderation-latest": 1731689265,
    "omni-moderation-2024-09-26": 1732734466,
}


_SOME_DAY = 1_735_689_600
"""When a model was made that OpenAI does not have."""


def known_model(name: str, own: Sequence[str] = ()) -> bool:
    """Whether it is one of `own`; where there are none, whether OpenAI has one of this name."""
    return name in (own or _CREATED)


def model(name: str) -> dict[str, Any]:
    """The model object of OpenAI's API."""
    created = _CREATED.get(name, _SOME_DAY)
    return {"id": name, "object": "model", "created": created, "owned_by": "openai"}


def model_names(own: Sequence[str] = ()) -> Sequence[str]:
    """Those of `own`; where there are none, OpenAI's."""
    return own or tuple(_CREATED)
