"""What a caller of `inference` may send: OpenAI's request for a chat completion, checked. Pure.

Fields that shape the text are passed on; those that say who asks or how to bill are let be; those
that would need another kind of answer are refused by name.
"""

from typing import Any

from pydantic import Field

from tokentape.dialects.fields import Id, Payload, Said, checked
from tokentape.dialects.messages import MESSAGES_MAX, Spoken, check_messages, context_of
from tokentape.errors import CallerFault
from tokentape.settings import Settings

# Each asks for something that a stream of text can't hold; what stands beside it asks for nothing.
REFUSED: dict[str, tuple[Any, ...]] = {
    "tools": ([],),
    "tool_choice": ("none", "auto"),
    "functions": ([],),
    "function_call": ("none", "auto"),
    "audio": (),
    "modalities": (["text"],),
    "logprobs": (False,),
    "top_logprobs": (0,),
    "web_search_options": (),
    "n": (1,),
}
PASSED_ON = (
    "max_completion_tokens",
    "top_p",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "stop",
    "response_format",
    "logit_bias",
    "reasoning_effort",
    "verbosity",
    "user",
)


class StreamOptions(Payload):
    """What a stream tells besides the answer."""

    include_usage: bool | None = None


class InferenceRequest(Payload):
    """The body of a turn."""

    messages: list[Spoken] = Field(min_length=1, max_length=MESSAGES_MAX)
    model: Id | None = None
    temperature: float | None = Field(None, ge=0, le=2)
    max_tokens: int | None = Field(None, ge=1)
    max_completion_tokens: int | None = Field(None, ge=1)
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    top_p: float | None = Field(None, ge=0, le=1)
    presence_penalty: float | None = Field(None, ge=-2, le=2)
    frequency_penalty: float | None = Field(None, ge=-2, le=2)
    seed: int | None = Field(None, ge=-(2**63), lt=2**63)
    stop: Said | list[Said] | None = None
    response_format: dict[str, Any] | None = None
    logit_bias: dict[str, float] | None = None
    reasoning_effort: Id | None = None
    verbosity: Id | None = None
    user: str | None = Field(None, max_length=512)

    @property
    def include_usage(self) -> bool:
        """Whether the stream counts tokens at its end."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def context(self) -> list[dict[str, Any]]:
        """The messages as they are sent upstream."""
        return context_of(self.messages)

    @property
    def passed_on(self) -> dict[str, Any]:
        """What shapes the text and is none of our business, as the upstream is sent it."""
        parameters = {name: getattr(self, name) for name in PASSED_ON}
        return {name: value for name, value in parameters.items() if value is not None}


def request_of(body: object, settings: Settings) -> InferenceRequest:
    """Raises `CallerFault` BAD_REQUEST naming the field."""
    request = checked(InferenceRequest, body)
    assert isinstance(body, dict)  # noqa: S101  # for the type checker: `checked` saw to it
    for name, harmless in REFUSED.items():
        value = body.get(name)
        if value is not None and value not in harmless:
            raise _fault(name, "is not served here")
    check_messages(request.messages, settings)
    for name in ("max_tokens", "max_completion_tokens"):
        if (getattr(request, name) or 0) > settings.max_tokens_limit:
            raise _fault(name, f"at most {settings.max_tokens_limit}")
    return request


def _fault(field: str, problem: str) -> CallerFault:
    return CallerFault("BAD_REQUEST", f"`{field}`: {problem}", status=422, field=field)
