"""What the prompter needs of an endpoint: read a request, put an answer into frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_openai.answer import Answer
from mock_openai.ask import Ask
from mock_openai.overrides import Overrides
from mock_openai.plan import Frame


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`read` raises ApiError; `stream` gives timed frames; `whole` is the unstreamed body;
    `request` is the JSON schema of what `read` takes.

    `spoken`: the answer is as long as its text; otherwise it is there at the first token's time.
    """

    name: str
    path: str
    read: Callable[[dict[str, Any], Mapping[str, str]], tuple[Ask, Overrides]]
    stream: Callable[[Ask, Answer], list[Frame]]
    whole: Callable[[Ask, Answer], bytes]
    request: Mapping[str, Any]
    spoken: bool = True
