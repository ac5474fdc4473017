"""The messages of a chat request: checked, and read for what scenarios match."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from mock_openai.endpoints.checks import (
    Check,
    any_value,
    fields,
    items,
    kind_of,
    maybe_string,
    missing,
    one_of,
    record,
    string,
    wrong_type,
)
from mock_openai.errors import ApiError
from mock_openai.request.overrides import (
    NO_OVERRIDES,
    Overrides,
    read_directive,
    without_directives,
)

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
MOST_MESSAGES = 2_048
_PART_TEXTS = {"text": "text", "refusal": "refusal"}
_PARTS = one_of(("text", "image_url", "input_audio", "file", "refusal"))
_NEEDS_CONTENT = ("system", "user", "tool", "developer")
_IMAGE_TOKENS = {"low": 85}
IMAGE_TOKENS = 765  # a picture of 1024 x 1024, as GPT-4o counts it: images are not looked at


def _content(value: Any, param: str) -> None:
    if value is None or isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(param, "one of a string or array of objects", value)
    _ALL_PARTS.run(value, param)


def _part(value: Any, param: str) -> None:
    record.run(value, param)
    if "type" not in value:
        raise missing(f"{param}.type")
    _PARTS.run(value["type"], f"{param}.type")
    kind = value["type"]
    if kind not in value:
        raise missing(f"{param}.{kind}")
    inside = f"{param}.{kind}"
    if kind in _PART_TEXTS:
        string.run(value[kind], inside)
    elif kind == "image_url":
        _IMAGE.run(value[kind], inside)
    else:
        record.run(value[kind], inside)


_IMAGE = fields({"url": string, "detail": one_of(("auto", "low", "high"))}, ("url",))
_ALL_PARTS = items(Check(_part, {"type": "object", "required": ["type"]}), 1)
CONTENT = Check(_content, {"anyOf": [maybe_string.schema, _ALL_PARTS.schema]})
_CALL = fields(
    {
        "id": string,
        "type": one_of(("function", "custom")),
        "function": fields({"name": string, "arguments": string}, ("name", "arguments")),
        "custom": record,
    },
    ("id", "type"),
)
_CALLS = items(_CALL, 1)


def _tool_calls(value: Any, param: str) -> None:
    if value is not None:
        _CALLS.run(value, param)


_FIELDS: dict[str, Check] = {
    "role": one_of(ROLES),
    "content": CONTENT,
    "name": maybe_string,
    "refusal": maybe_string,
    "tool_calls": Check(_tool_calls, _CALLS.schema),
    "tool_call_id": string,
    "function_call": any_value,
    "audio": any_value,
    "annotations": any_value,
    "reasoning_content": maybe_string,
    "reasoning": maybe_string,
    # What LiteLLM leaves in the messages that it hands back; OpenAI takes them too.
    "provider_specific_fields": any_value,
    "thinking_blocks": any_value,
}
_MESSAGE = fields(_FIELDS, ("role",))
_ALL = items(_MESSAGE, 1, MOST_MESSAGES)


def _check_messages(value: Any, param: str) -> None:
    _ALL.run(value, param)
    for i, message in enumerate(value):
        inside = f"{param}[{i}]"
        role = message["role"]
        if role in _NEEDS_CONTENT and message.get("content") is None:
            if "content" not in message:
                raise missing(f"{inside}.content")
            text = f"Invalid value for 'content': expected a string, got {kind_of(None)}."
            raise ApiError(400, text, f"{inside}.content", "invalid_type")
        if role == "tool" and "tool_call_id" not in message:
            raise missing(f"{inside}.tool_call_id")
    _check_answers(value, param)


MESSAGES = Check(_check_messages, _ALL.schema)


def _check_answers(messages: Sequence[dict[str, Any]], param: str) -> None:
    """Each tool call must be answered at once, and nothing that was not called."""
    open_ids: list[str] = []
    answers: set[str] = set()
    for i, message in enumerate(messages):
        role = message["role"]
        if role == "tool":
            if message["tool_call_id"] not in (*open_ids, *answers):
                text = (
                    "Invalid parameter: messages with role 'tool' must be a response to a "
                    "preceeding message with 'tool_calls'."
                )
                raise ApiError(400, text, f"{param}[{i}].role")
            answers.add(message["tool_call_id"])
            open_ids = [one for one in open_ids if one not in answers]
            continue
        if open_ids:
            raise _unanswered(open_ids, f"{param}[{i}].role")
        answers = set()
        open_ids = [call["id"] for call in message.get("tool_calls") or ()]
    if open_ids:
        raise _unanswered(open_ids, f"{param}[{len(messages) - 1}].role")


def _unanswered(ids: Sequence[str], param: str) -> ApiError:
    message = (
        "An assistant message with 'tool_calls' must be followed by tool messages responding to "
        "each 'tool_call_id'. The following tool_call_ids did not have response messages: "
        + ", ".join(ids)
    )
    return ApiError(400, message, param)


def text_of(content: Any) -> str:
    """The text of a message's content; images and files are counted elsewhere, not read."""
    if isinstance(content, list):
        return "".join(part[part["type"]] for part in content if part["type"] in _PART_TEXTS)
    return content or ""


@dataclass(frozen=True, slots=True)
class ParsedMessages:
    """`messages` is without directives; `prompt` is all of their text."""

    messages: list[dict[str, Any]]
    overrides: Overrides
    last_user: str
    system: str
    prompt: str
    turn: int
    tool_result: str | None
    tool_rounds: int
    images: int
    image_tokens: int


def read_messages(messages: Sequence[dict[str, Any]]) -> ParsedMessages:
    """Reads checked messages. The directive counts in the last user message alone, also where it
    is wrong, but none that a conversation carries along is ever part of what the model heard."""
    messages_heard: list[dict[str, Any]] = []
    overrides = NO_OVERRIDES
    last_user = ""
    users = sum(message["role"] == "user" for message in messages)
    for message in messages:
        if message["role"] == "user":
            users -= 1
            message, overrides = _without_directive(
                message, _passed_over if users else read_directive
            )
            last_user = text_of(message.get("content"))
        messages_heard.append(message)
    roles = [message["role"] for message in messages_heard]
    after_user = len(roles) - roles[::-1].index("user") if "user" in roles else 0
    results = [message for message in messages_heard[after_user:] if message["role"] == "tool"]
    details = [detail for message in messages_heard for detail in _images(message.get("content"))]
    return ParsedMessages(
        messages=messages_heard,
        overrides=overrides,
        last_user=last_user,
        system="\n".join(
            text_of(m.get("content"))
            for m in messages_heard
            if m["role"] in ("system", "developer")
        ),
        prompt="\n".join(text_of(m.get("content")) for m in messages_heard),
        turn=max(1, roles.count("user")),
        tool_result=text_of(results[-1].get("content")) if results else None,
        tool_rounds=sum(
            role == "tool" and before != "tool"
            for before, role in pairwise(("", *roles[after_user:]))
        ),
        images=len(details),
        image_tokens=sum(_IMAGE_TOKENS.get(detail, IMAGE_TOKENS) for detail in details),
    )


def _images(content: Any) -> list[str]:
    """The detail of each image in a content: how much is looked at it."""
    if not isinstance(content, list):
        return []
    return [
        part["image_url"].get("detail", "auto") for part in content if part["type"] == "image_url"
    ]


Reading = Callable[[str], tuple[str, Overrides]]


def _passed_over(text: str) -> tuple[str, Overrides]:
    return without_directives(text), NO_OVERRIDES


def _without_directive(message: dict[str, Any], read: Reading) -> tuple[dict[str, Any], Overrides]:
    content = message.get("content")
    if isinstance(content, str):
        clean, overrides = read(content)
        return (message if clean is content else {**message, "content": clean}), overrides
    overrides = NO_OVERRIDES
    parts = []
    for part in content or ():
        if part["type"] == "text":
            clean, read_overrides = read(part["text"])
            overrides = overrides.under(read_overrides)
            part = {**part, "text": clean}
        parts.append(part)
    return {**message, "content": parts}, overrides
