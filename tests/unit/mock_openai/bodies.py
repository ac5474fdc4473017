"""Bodies of requests that tests send to the mock, or hand to what reads them."""

from typing import Any


def chat(text: str, **more: Any) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}
