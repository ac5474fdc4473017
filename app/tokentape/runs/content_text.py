"""The text of a delta or a message, in the spellings that servers have for it. Pure."""

import re
from typing import Any

SILENT = frozenset({"role", "name", "id", "index", "type", "object", "finish_reason"})
"""Fields that bring nothing of the answer."""
ASIDE = frozenset(
    {
        "reasoning",
        "reasoning_content",
        "reasoning_details",
        "reasoning_text",
        "reasoning_opaque",
        "thinking",
        "thinking_blocks",
        "thought",
        "thoughts",
        "tool_calls",
        "tool_call_id",
        "tool_plan",
        "function_call",
        "annotations",
        "audio",
        "images",
        "citations",
        "context",
        "extra_content",
        "provider_specific_fields",
        "refusal",
        "content",
        "text",
    }
)
"""Fields that are known: those that are the answer's text, and those that are not."""


PLACES = frozenset(
    {
        "answer",
        "completion",
        "content",
        "delta",
        "generated_text",
        "message",
        "output",
        "output_text",
        "parts",
        "response",
        "result",
        "text",
    }
)
"""Fields that hold the answer's text somewhere, where it is in none of the usual places."""
ASIDES = re.compile("reason|think|thought|summary|image|audio|file|tool|function|source|citation")
"""In the types of parts that are none of the answer's text, whatever text they hold."""
DEEPEST = 50
"""Levels of parts within parts that are read."""


class NoText(Exception):
    """A content that can't be read as text: a number, for one."""


def text_of(content: Any, deep: int = 0) -> str:
    """A text, a part or a list of parts; reasoning parts are none of it. Raises `NoText`."""
    if deep > DEEPEST:
        raise NoText("nested too deep")
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(text_of(one, deep + 1) for one in content)
    if isinstance(content, dict):
        if content.get("type") in ("refusal",):
            return text_of(content.get("refusal"), deep + 1)
        if is_aside(content):
            return ""
        text = content.get("text")
        if text is None and content.get("type") in (None, "text", "output_text"):
            text = content.get("content")
        if isinstance(text, dict):
            text = text.get("value")
        return text if isinstance(text, str) else ""
    raise NoText(type(content).__name__)


def delta_text(delta: dict[str, Any]) -> str:
    """The content, or `text` in its place, and a refusal: what the caller is to read."""
    text = text_of(delta.get("content"))
    if not text and isinstance(delta.get("text"), str):
        text = delta["text"]
    refusal = delta.get("refusal")
    return text + refusal if isinstance(refusal, str) else text


def works(delta: dict[str, Any]) -> bool:
    """Whether a delta brings anything: text, reasoning, a piece of a tool call."""
    return any(value for name, value in delta.items() if name not in SILENT)


def unread_field(holder: dict[str, Any]) -> str:
    """The name of a field with text in it that was not read, empty without."""
    for name, value in holder.items():
        if isinstance(value, dict | list):
            if name in PLACES and _holds_text(value, DEEPEST):
                return name
            continue
        known = name in SILENT or name in ASIDE or name.endswith("reason")
        if not known and isinstance(value, str) and value:
            return name
    return ""


def text_field(chunk: dict[str, Any]) -> str:
    """The name of a field of a chunk that holds text beside its choices, empty without."""
    for name in PLACES & chunk.keys():
        value = chunk[name]
        if isinstance(value, str) and value:
            return name
        if isinstance(value, dict | list) and _holds_text(value, DEEPEST):
            return name
    return ""


def is_aside(part: dict[str, Any]) -> bool:
    """Whether a part is of a type that is none of the answer's text."""
    kind = part.get("type")
    return isinstance(kind, str) and bool(ASIDES.search(kind.lower()))


def _holds_text(value: Any, deep: int) -> bool:
    if isinstance(value, str):
        return bool(value)
    if deep == 0:
        return False
    if isinstance(value, list):
        return any(_holds_text(one, deep - 1) for one in value)
    if not isinstance(value, dict) or is_aside(value):
        return False
    return any(
        _holds_text(one, deep - 1)
        for name, one in value.items()
        if name not in SILENT and (name in PLACES or name not in ASIDE)
    )
