"""What the planner needs of an endpoint: read a request, put an answer into frames."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_openai.endpoints.openai_provider import OPENAI
from mock_openai.endpoints.provider import Provider
from mock_openai.plan.openai_wire import CHUNKS
from mock_openai.plan.plan import Frame, Frames
from mock_openai.plan.wire import Wire
from mock_openai.request.overrides import Overrides
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer

Message = dict[str, Any]


def _at_its_end(request: ParsedRequest, answer: Answer) -> int:
    return answer.last_ns


def at_once(request: ParsedRequest, answer: Answer) -> int:
    """Where nothing is said, nothing takes longer than the first token would."""
    return answer.first_ns


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`read` raises ApiError; `stream` gives timed frames; `whole` is the unstreamed body, due
    at `due_ns`; `request` is the JSON schema of what `read` takes. `summary` and the
    fields that `answers` has at least are for the OpenAPI page.

    `continued` adds what was said before, where a request goes on from another answer.
    `scripted`: it answers with the scenario's text; otherwise only pace and faults apply.
    `may_fail`: an answer may end as failed; elsewhere it breaks off with an error.
    `provider` is whose endpoint it is, `wire` how its streams are written.
    """

    name: str
    path: str
    read: Callable[[dict[str, Any], Mapping[str, str]], tuple[ParsedRequest, Overrides]]
    stream: Callable[[ParsedRequest, Answer], list[Frame] | Frames]
    whole: Callable[[ParsedRequest, Answer], bytes]
    request: Mapping[str, Any]
    summary: str
    answers: Sequence[str]
    due_ns: Callable[[ParsedRequest, Answer], int] = _at_its_end
    continue_from: Callable[[ParsedRequest, Sequence[Message]], ParsedRequest] | None = None
    scripted: bool = True
    may_fail: bool = False
    provider: Provider = OPENAI
    wire: Wire = CHUNKS
