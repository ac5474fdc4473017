"""An ask: what a request says, read once, checked, and free of HTTP and of any endpoint.

Matching, templates and steps see this and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

# What changes neither the text nor the times, so that (for one) streamed and unstreamed
# answers say the same.
UNHEARD = frozenset(
    {
        "stream", "stream_options", "user", "metadata", "store", "service_tier",
        "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
        "prompt_cache_options",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ask:
    """`canonical` is the request's hash material: sorted JSON without what is unheard."""

    endpoint: str
    body: Mapping[str, Any]
    canonical: bytes
    model: str
    stream: bool = False
    usage: bool = False
    last_user: str = ""
    system: str = ""
    turn: int = 1
    prompt: str = ""
    tools: tuple[str, ...] = ()
    has_tool_result: bool = False
    choices: int = 1
    limit: int | None = None
    stop: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


def canonical(body: Mapping[str, Any]) -> bytes:
    heard = {key: value for key, value in body.items() if key not in UNHEARD}
    return orjson.dumps(heard, option=orjson.OPT_SORT_KEYS)
