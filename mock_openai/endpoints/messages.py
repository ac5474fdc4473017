"""The messages of a chat request: checked, and read for what scenarios look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mock_openai.endpoints.checks import (
    Check,
    any_value,
    check_fields,
    full_array,
    kind_of,
    maybe_string,
    missing,
    one_of,
    string,
    wrong_type,
)
from mock_openai.errors import ApiError
from mock_openai.overrides import Overrides, read_directive

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_PART_TEXTS = {"text": "text", "refusal": "refusal"}
_PARTS = ("text", "image_url", "input_audio", "file", "refusal")
_NEEDS_CONTENT = ("system", "user", "tool", "developer")


def _content(value: Any, param: str) -> None:
    if value is None or isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(param, "one of a string or array of objects", value)
    full_array(value, param)
    for i, part in enumerate(value):
        inside = f"{param}[{i}]"
        if not isinstance(part, dict):
            raise wrong_type(inside, "an object", part)
        if "type" not in part:
            raise missing(f"{inside}.type")
        one_of(_PARTS)(part["type"], f"{inside}.type")
        kind = part["type"]
        if kind not in part:
            raise missing(f"{inside}.{kind}")
        if kind in _PART_TEXTS:
            string(part[kind], f"{inside}.{kind}")
        elif not isinstance(part[kind], dict):
            raise wrong_type(f"{inside}.{kind}", "an object", part[kind])


def _tool_calls(value: Any, param: str) -> None:
    if value is not None:
        full_array(value, param)


_FIELDS: dict[str, Check] = {
    "role": one_of(ROLES),
    "content": _content,
    "name": maybe_string,
    "refusal": maybe_string,
    "tool_calls": _tool_calls,
    "tool_call_id": string,
    "function_call": any_value,
    "audio": any_value,
    "annotations": any_value,
    "reasoning_content": maybe_string,
    "reasoning": maybe_string,
}


def check_messages(value: Any, param: str) -> None:
    full_array(value, param)
    for i, message in enumerate(value):
        inside = f"{param}[{i}]"
        if not isinstance(message, dict):
            raise wrong_type(inside, "an object", message)
        check_fields(message, _FIELDS, ("role",), f"{inside}.")
        role = message["role"]
        if role is None:
            raise wrong_type(f"{inside}.role", "a string", None)
        if role in _NEEDS_CONTENT and message.get("content") is None:
            if "content" not in message:
                raise missing(f"{inside}.content")
            text = f"Invalid value for 'content': expected a string, got {kind_of(None)}."
            raise ApiError(400, text, f"{inside}.content", "invalid_type")
        if role == "tool" and "tool_call_id" not in message:
            raise missing(f"{inside}.tool_call_id")


def text_of(content: Any) -> str:
    """The text of a message's content; images and files are counted elsewhere, not read."""
    if isinstance(content, list):
        return "".join(part[part["type"]] for part in content if part["type"] in _PART_TEXTS)
    return content or ""


@dataclass(frozen=True, slots=True)
class Heard:
    """`messages` is without directives; `prompt` is all of their text."""

    messages: list[dict[str, Any]]
    overrides: Overrides
    last_user: str
    system: str
    prompt: str
    turn: int
    has_tool_result: bool


def hear(messages: Sequence[dict[str, Any]]) -> Heard:
    """Reads checked messages. The directive counts in the last user message alone, but none
    that a conversation carries along is ever part of what the model heard."""
    heard: list[dict[str, Any]] = []
    overrides = Overrides()
    last_user = ""
    for message in messages:
        if message["role"] == "user":
            message, overrides = _without_directive(message)
            last_user = text_of(message.get("content"))
        heard.append(message)
    roles = [message["role"] for message in heard]
    after_user = roles[len(roles) - roles[::-1].index("user") :] if "user" in roles else roles
    return Heard(
        messages=heard,
        overrides=overrides,
        last_user=last_user,
        system="\n".join(
            text_of(m.get("content")) for m in heard if m["role"] in ("system", "developer")
        ),
        prompt="\n".join(text_of(m.get("content")) for m in heard),
        turn=max(1, roles.count("user")),
        has_tool_result="tool" in after_user,
    )


def _without_directive(message: dict[str, Any]) -> tuple[dict[str, Any], Overrides]:
    content = message.get("content")
    if isinstance(content, str):
        clean, overrides = read_directive(content)
        return (message if clean is content else {**message, "content": clean}), overrides
    overrides = Overrides()
    parts = []
    for part in content or ():
        if part["type"] == "text":
            clean, said = read_directive(part["text"])
            overrides = overrides.under(said)
            part = {**part, "text": clean}
        parts.append(part)
    return {**message, "content": parts}, overrides
