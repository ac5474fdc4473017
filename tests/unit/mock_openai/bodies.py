"""Bodies of requests that tests send to the mock, or hand to what reads them."""

from typing import Any


def chat(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}


def claude(text: str, **more: Any) -> dict[str, Any]:
    """One for `/v1/messages`."""
    messages = [{"role": "user", "content": text}]
    return {"model": "claude-opus-5", "max_tokens": 4_096, "messages": messages, **more}
