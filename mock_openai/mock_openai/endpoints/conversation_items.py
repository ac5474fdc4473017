"""What a response reads of a conversation and adds to it: items in the form in which OpenAI
gives them back. Pure.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_openai.endpoints.response_object import output
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer

BEGIN = "conv_"
_PREFIXES = {"message": "msg", "function_call": "fc", "reasoning": "rs"}


def full_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """An item of a request, checked before, with what may be left out in requests."""
    if item.get("type", "message") != "message" or "role" not in item:
        return dict(item)
    kind = "output_text" if item["role"] == "assistant" else "input_text"
    content = item["content"]
    parts = [{"type": kind, "text": content}] if isinstance(content, str) else content
    return {"status": "completed", **item, "type": "message", "content": parts}


def items_with_ids(given: str | Sequence[Mapping[str, Any]], key: str) -> list[dict[str, Any]]:
    """With ids made of `key`, where they bring none."""
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    full = [full_item(item) for item in items if item.get("type") != "item_reference"]
    return [
        _whole(item)
        | {"id": item.get("id") or f"{_PREFIXES.get(item['type'], 'item')}_{key}{n:02}"}
        for n, item in enumerate(full)
        if "type" in item
    ]


def _whole(item: Mapping[str, Any]) -> dict[str, Any]:
    """With what the types of the official client require of an item that is kept."""
    if item["type"] == "message":
        parts = [_LACKING.get(part["type"], {}) | part for part in item["content"]]
        return {**item, "content": parts}
    return {"status": "completed", **item} if item["type"].startswith("function_call") else {**item}


_LACKING: dict[str, dict[str, Any]] = {
    "output_text": {"annotations": [], "logprobs": []},
    "input_image": {"detail": "auto", "image_url": None, "file_id": None},
}


def items_of_exchange(request: ParsedRequest, answer: Answer) -> list[dict[str, Any]]:
    """What a conversation gains by an answer: what was asked, and what came. A failed response has
    no output."""
    items = items_with_ids(request.given.get("input") or [], f"{answer.key}in")
    return items if answer.failed else [*items, *output(request, answer)]
