"""What the prompter needs of an endpoint: read a request, put an answer into frames."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_openai.answer import Answer
from mock_openai.ask import Ask
from mock_openai.overrides import Overrides
from mock_openai.plan import Frame, Frames

Message = dict[str, Any]


def _at_its_end(ask: Ask, answer: Answer) -> int:
    return answer.last_ns


def at_once(ask: Ask, answer: Answer) -> int:
    """Where nothing is said, nothing takes longer than the first token would."""
    return answer.first_ns


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`read` raises ApiError; `stream` gives timed frames; `whole` is the unstreamed body, due
    at `due_ns`; `request` is the JSON schema of what `read` takes.

    `continued` adds what was said before, where an ask goes on from another answer.
    `spoken`: it answers with the scenario's text; otherwise only pace and faults apply.
    """

    name: str
    path: str
    read: Callable[[dict[str, Any], Mapping[str, str]], tuple[Ask, Overrides]]
    stream: Callable[[Ask, Answer], list[Frame] | Frames]
    whole: Callable[[Ask, Answer], bytes]
    request: Mapping[str, Any]
    due_ns: Callable[[Ask, Answer], int] = _at_its_end
    continued: Callable[[Ask, Sequence[Message]], Ask] | None = None
    spoken: bool = True
