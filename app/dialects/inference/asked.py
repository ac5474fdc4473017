"""What a caller of `inference` may send: OpenAI's request for a chat completion, checked. Pure.

Fields that shape the text are passed on; those that say who asks or how to bill are let be; those
that would need another kind of answer are refused by name.
"""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, WithJsonSchema

from app.dialects.fields import Id, Payload, Said, checked, said
from app.errors import CallerFault
from app.settings import Settings

MESSAGES_MAX = 10_000
"""Of which MAX_MESSAGES is the part that operators choose."""

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


def _content(value: Any) -> Any:
    """Text, or OpenAI's list of parts that are all text."""
    if isinstance(value, str):
        return said(value)
    if not isinstance(value, list) or not value:
        raise ValueError("must be a string or a list of text parts")
    for part in value:
        if not isinstance(part, dict) or part.get("type") != "text":
            raise ValueError("only parts of type `text` are understood here")
        if not isinstance(part.get("text"), str):
            raise ValueError("a part's `text` must be a string")
    said(text_of(value))
    return value


def text_of(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content)


TEXT = {"type": "string", "minLength": 1}
PART = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": TEXT},
}
Content = Annotated[
    Any,
    AfterValidator(_content),
    WithJsonSchema({"anyOf": [TEXT, {"type": "array", "minItems": 1, "items": PART}]}),
]


class Spoken(Payload):
    """One message of the context; fields that a client keeps for itself are left out."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Content
    name: Id | None = None


class StreamOptions(Payload):
    include_usage: bool | None = None


class Asked(Payload):
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
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def context(self) -> list[dict[str, Any]]:
        """The messages as they are sent upstream."""
        return [message.model_dump(exclude_none=True) for message in self.messages]

    @property
    def passed_on(self) -> dict[str, Any]:
        found = {name: getattr(self, name) for name in PASSED_ON}
        return {name: value for name, value in found.items() if value is not None}


def asked_of(body: object, settings: Settings) -> Asked:
    """Raises `CallerFault` BAD_REQUEST naming the field."""
    asked = checked(Asked, body)
    assert isinstance(body, dict)  # noqa: S101  # for the type checker: `checked` saw to it
    for name, harmless in REFUSED.items():
        value = body.get(name)
        if value is not None and value not in harmless:
            raise _fault(name, "is not served here")
    if len(asked.messages) > settings.max_messages:
        raise _fault("messages", f"has {len(asked.messages)}, {settings.max_messages} are allowed")
    for number, message in enumerate(asked.messages):
        length, most = len(text_of(message.content)), settings.max_message_chars
        if length > most:
            raise _fault(
                f"messages.{number}.content", f"has {length} characters, {most} are allowed"
            )
    if asked.messages[-1].role == "assistant":
        raise _fault("messages", "the last message must not be the assistant's")
    for name in ("max_tokens", "max_completion_tokens"):
        if (getattr(asked, name) or 0) > settings.max_tokens_limit:
            raise _fault(name, f"at most {settings.max_tokens_limit}")
    return asked


def _fault(field: str, problem: str) -> CallerFault:
    return CallerFault("BAD_REQUEST", f"`{field}`: {problem}", status=422, field=field)
