"""The models that `/v1/models` lists. Without --strict-models any other name answers too."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

_DATED = re.compile(r"-(\d{4})-(\d\d)-(\d\d)$")

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


_OTHERS = tuple(
    """
    gpt-6-astra gpt-6.2-astra gpt-6.1-sol gpt-6.2-sol gpt-6.1-terra gpt-6-sol gpt-6-luna
    gpt-6-cyber gpt-6-rosalind gpt-6.2-astra-law gpt-rosalind-research gpt-audio-mini
    gpt-audio-mini-2025-12-15 text-moderation-latest text-moderation-stable
    gpt-5.6-sol gpt-5.6-terra gpt-5.6-luna gpt-5.5 gpt-5.5-2026-04-23 gpt-5.4 gpt-5.4-mini
    gpt-5.4-nano gpt-5.4-mini-2026-03-17 gpt-5.4-nano-2026-03-17 gpt-5.3-chat-latest gpt-5.2
    gpt-5.2-2025-12-11 gpt-5.2-chat-latest gpt-5.2-pro gpt-5.2-pro-2025-12-11 gpt-5.1
    gpt-5.1-2025-11-13 gpt-5.1-codex gpt-5.1-mini gpt-5.1-chat-latest gpt-5-2025-08-07
    gpt-5-mini-2025-08-07 gpt-5-nano-2025-08-07 gpt-5-chat-latest gpt-4.1-2025-04-14
    gpt-4.1-mini-2025-04-14 gpt-4.1-nano-2025-04-14 o4-mini-2025-04-16 o3-2025-04-16
    o3-mini-2025-01-31 o1-2024-12-17 o1-preview o1-preview-2024-09-12 o1-mini o1-mini-2024-09-12
    gpt-4o-2024-11-20 gpt-4o-2024-08-06 gpt-4o-2024-05-13 gpt-4o-audio-preview
    gpt-4o-audio-preview-2024-10-01 gpt-4o-audio-preview-2024-12-17
    gpt-4o-audio-preview-2025-06-03 gpt-4o-mini-audio-preview
    gpt-4o-mini-audio-preview-2024-12-17 gpt-4o-search-preview gpt-4o-mini-search-preview
    gpt-4o-search-preview-2025-03-11 gpt-4o-mini-search-preview-2025-03-11 chatgpt-4o-latest
    codex-mini-latest gpt-4o-mini-2024-07-18 gpt-4-turbo-2024-04-09 gpt-4-0125-preview
    gpt-4-turbo-preview gpt-4-1106-preview gpt-4-vision-preview gpt-4-0314 gpt-4-0613 gpt-4-32k
    gpt-4-32k-0314 gpt-4-32k-0613 gpt-3.5-turbo-16k gpt-3.5-turbo-0301 gpt-3.5-turbo-0613
    gpt-3.5-turbo-1106 gpt-3.5-turbo-0125 gpt-3.5-turbo-16k-0613 o1-pro o1-pro-2025-03-19 o3-pro
    o3-pro-2025-06-10 o3-deep-research o3-deep-research-2025-06-26 o4-mini-deep-research
    o4-mini-deep-research-2025-06-26 computer-use-preview computer-use-preview-2025-03-11
    gpt-5.5-pro gpt-5.5-pro-2026-04-23 gpt-5-codex gpt-5-pro gpt-5-pro-2025-10-06
    gpt-5.1-codex-max gpt-daybreak-blue-latest gpt-daybreak-red-latest gpt-5.6-cyber
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Those that OpenAI's description and client name beside (November 2026), without their days."""
_SOME_DAY = 1_735_689_600
"""When a model was made that OpenAI does not have."""


def _day_of(name: str) -> int:
    """The day that a snapshot has in its name."""
    found = _DATED.search(name)
    if found is None:
        return _SOME_DAY
    year, month, day = map(int, found.groups())
    return int(datetime(year, month, day, tzinfo=UTC).timestamp())


def known_model(name: str, own: Sequence[str] = ()) -> bool:
    """Whether it is one of `own`; where there are none, whether OpenAI has one of this name."""
    return name in (own or _CREATED) or (not own and name in _OTHERS)


def model(name: str) -> dict[str, Any]:
    """The model object of OpenAI's API."""
    created = _CREATED.get(name) or _day_of(name)
    return {"id": name, "object": "model", "created": created, "owned_by": "openai"}


def model_names(own: Sequence[str] = ()) -> Sequence[str]:
    """Those of `own`; where there are none, OpenAI's."""
    return own or (*_CREATED, *_OTHERS)
