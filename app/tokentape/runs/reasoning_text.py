"""What a model says to itself, in the spellings that servers have for it. Pure."""

from typing import Any

from tokentape.runs.content_text import DEEPEST, is_aside

FIELDS = ("reasoning_content", "reasoning", "reasoning_text", "thinking", "thought")
"""Of a delta or a message. Some servers send one text under two names: the first is taken."""
INNER = ("thinking", "text", "summary", "reasoning", "content")
"""Where a part has its text, or further parts."""


def reasoning_text(delta: dict[str, Any]) -> str:
    """The reasoning in a delta or a message; what is encrypted is none."""
    for name in FIELDS:
        if text := _text_of(delta.get(name)):
            return text
    if text := _text_of(delta.get("reasoning_details")):
        return text
    content = delta.get("content")
    parts = content if isinstance(content, list) else [content]
    asides = [part for part in parts if isinstance(part, dict) and _reasons(part)]
    return _text_of(asides)


def _reasons(part: dict[str, Any]) -> bool:
    kind = str(part.get("type")).lower()
    return is_aside(part) and any(word in kind for word in ("reason", "think", "thought"))


def _text_of(value: Any, deep: int = 0) -> str:
    if isinstance(value, str):
        return value
    if deep > DEEPEST:
        return ""
    if isinstance(value, list):
        return "".join(_text_of(one, deep + 1) for one in value)
    if isinstance(value, dict):
        texts = (_text_of(value.get(name), deep + 1) for name in INNER)
        return next((text for text in texts if text), "")
    return ""
