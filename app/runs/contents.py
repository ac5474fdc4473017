"""The text of a delta or a message, in the spellings that servers have for it. Pure."""

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


class NoText(Exception):
    """A content that can't be read as text: a number, for one."""


def text_of(content: Any) -> str:
    """A text, a part or a list of parts; reasoning parts are none of it. Raises `NoText`."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(map(text_of, content))
    if isinstance(content, dict):
        if content.get("type") in ("refusal",):
            return text_of(content.get("refusal"))
        found = content.get("text")
        if found is None and content.get("type") in (None, "text", "output_text"):
            found = content.get("content")
        if isinstance(found, dict):
            found = found.get("value")
        return found if isinstance(found, str) else ""
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
    """The name of a field with text in it that nobody here knows, empty without."""
    for name, value in holder.items():
        known = name in SILENT or name in ASIDE or name.endswith("reason")
        if not known and isinstance(value, str) and value:
            return name
    return ""
