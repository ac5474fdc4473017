"""What a request says, read once, checked, and free of HTTP and of any endpoint.

Matching, templates and steps see this and nothing else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

from mock_openai.errors import ApiError

# What changes neither the text nor the times, so that (for one) streamed and unstreamed
# answers say the same.
UNHEARD = frozenset(
    {
        "stream", "stream_options", "user", "metadata", "store", "service_tier",
        "safety_identifier", "prompt_cache_key", "prompt_cache_retention",
        "prompt_cache_options", "background", "background_options", "client_metadata",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ParsedRequest:
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
    tool_rounds: int = 0
    """How often since the last user message tools have answered; parallel calls do so together."""
    choices: int = 1
    limit: int | None = None
    stop: tuple[str, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    tool_result: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)
    """The JSON schema of each tool's arguments, by the tool's name."""
    custom_tools: tuple[str, ...] = ()
    """Those whose input is a text, not the arguments of a function; they are not among `tools`."""
    must_call: str | None = None
    """The tool that this answer has to call; None: it may say what it likes."""
    parallel: bool = True
    schema: Any = None
    """What a structured answer must be valid for; None: free text."""
    logprobs: int | None = None
    """How many alternatives are told for each token; None: no likelihoods at all."""
    said_again: tuple[str, ...] = ()
    """The prompts that are said again before their answers (`echo`)."""
    extra_tokens: int = 0
    """What is heard beside `prompt`: images."""
    images: int = 0
    previous: str | None = None
    """The answer that this one goes on from, or the conversation, by its id."""
    text_param: str = "messages"
    """The parameter of the request that holds what is answered."""
    user: str = ""
    """Who asks, where the provider has a field of its own for it."""
    given: Mapping[str, Any] = field(default_factory=dict)
    """The body as it came, where it may have to be read again."""


def named_conversation(body: Mapping[str, Any]) -> Any:
    """The id of a conversation, given as such or in an object; None: none is named."""
    given = body.get("conversation")
    return given.get("id") if isinstance(given, dict) else given


def canonical(body: Mapping[str, Any]) -> bytes:
    """The request's hash material. Raises ApiError for what is nested too deeply."""
    material = {key: value for key, value in body.items() if key not in UNHEARD}
    try:
        return orjson.dumps(material, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:
        raise ApiError(400, "The body of your request is nested too deeply.") from error
