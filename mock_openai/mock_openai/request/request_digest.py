"""A digest of all that a model is told by a request: two requests with the same one are the same to
it. Pure.

The names of tools count, not their descriptions. Ids of calls and items are numbered as they come,
so that what makes up ids of its own is known again. A text is a text, whether it stands alone or
as the one part of a content. What is at its default counts like what is left out. What is secret
is blank, and so are the fields that are `redacted`.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from typing import Any

import orjson

from mock_openai.request.overrides import without_directives
from mock_openai.request.parsed_request import UNHEARD, ParsedRequest
from mock_openai.request.secret_values import BLANK, field_pattern, without_keys

DIGEST_BYTES = 16
UNCOUNTED = UNHEARD | {
    "temperature", "top_p", "top_k", "min_p", "presence_penalty", "frequency_penalty",
    "logit_bias", "seed", "model",
}  # fmt: skip
"""What the model is not told, and what only throws its dice. `model` and whether it streams are
added as they are read."""
_DEFAULTS: Mapping[str, Any] = {
    "tool_choice": "auto",
    "function_call": "auto",
    "parallel_tool_calls": True,
    "n": 1,
    "response_format": {"type": "text"},
    "text": {"format": {"type": "text"}},
    "truncation": "disabled",
    "logprobs": False,
}
_IDS = frozenset({"id", "call_id", "tool_call_id", "tool_use_id", "approval_request_id"})
_CONVERSATION = frozenset({"messages", "input", "system"})
"""Fields of a body that hold what was said; in all others each value counts as it is."""
_CONTENTS = frozenset({"content", "output", "system"})
_TEXTS = frozenset({"text", "input_text", "output_text"})
_NOT_SAID = frozenset({"status", "annotations", "logprobs"})
_NOTHING: tuple[Any, ...] = (None, "", [], {})


class RequestDigests:
    """Those of one request; each is made once, when it is wanted."""

    __slots__ = ("_digests", "_request")

    def __init__(self, request: ParsedRequest) -> None:
        self._request = request
        self._digests: dict[tuple[str, ...], str] = {}

    def digest(self, redacted: tuple[str, ...] = ()) -> str:
        """In hexadecimal; the values of fields with these names don't count."""
        made = self._digests.get(redacted)
        if made is None:
            made = self._digests[redacted] = request_digest(self._request, redacted)
        return made


def request_digest(request: ParsedRequest, redacted: Sequence[str] = ()) -> str:
    """In hexadecimal; the values of fields with these names don't count."""
    material: list[Any] = [request.endpoint, request.model, request.stream, request.usage]
    try:
        said = _Normaliser(tuple(redacted)).body(request)
        text = orjson.dumps([*material, said], option=orjson.OPT_SORT_KEYS)
    except (RecursionError, orjson.JSONEncodeError):
        # Nested to the limit, and so are the arguments of a call in it.
        text = orjson.dumps([*material, request.canonical.hex()])
    return blake2b(text, digest_size=DIGEST_BYTES).hexdigest()


class _Normaliser:
    def __init__(self, redacted: tuple[str, ...]) -> None:
        self._secret = field_pattern(redacted)
        self._numbers: dict[str, int] = {}

    def body(self, request: ParsedRequest) -> dict[str, Any]:
        """The whole, its tools by their names."""
        normal: dict[str, Any] = {}
        for name, value in (request.given or request.body).items():
            if name in UNCOUNTED or value in _NOTHING or _DEFAULTS.get(name) == value:
                continue
            if name in ("tools", "functions") and isinstance(value, list):
                normal[name] = sorted({_tool_name(tool) for tool in value})
            elif name == "input" and request.endpoint == "responses" and isinstance(value, str):
                normal[name] = [self._item({"role": "user", "content": value})]
            elif name in _CONVERSATION:
                normal[name] = self._content(value) if name == "system" else self._items(value)
            else:
                normal[name] = self._value(value)
        return normal

    def _items(self, value: Any) -> Any:
        """What was said: messages, items, or parts of them."""
        if isinstance(value, list):
            return [self._item(one) if isinstance(one, dict) else self._value(one) for one in value]
        return self._value(value)

    def _content(self, value: Any) -> Any:
        return self._items([{"type": "text", "text": value}] if isinstance(value, str) else value)

    def _item(self, item: Mapping[str, Any]) -> dict[str, Any]:
        kind = item.get("type")
        if kind in _TEXTS and isinstance(item.get("text"), str):
            return {"text": _plain(item["text"])}
        normal: dict[str, Any] = {}
        for name in sorted(item):
            value = item[name]
            if value in _NOTHING or name in _NOT_SAID or (name == "type" and value == "message"):
                continue
            if name in _IDS and isinstance(value, str) and kind != "item_reference":
                normal[name] = self._numbers.setdefault(value, len(self._numbers))
            elif name in ("arguments", "input") and isinstance(value, str):
                normal[name] = self._arguments(value)
            elif name in _CONTENTS:
                normal[name] = self._content(value)
            elif name == "tool_calls":
                normal[name] = self._items(value)
            elif name == "function" and isinstance(value, dict):
                normal[name] = self._item(value)
            else:
                normal[name] = self._value({name: value})[name]
        return normal

    def _value(self, value: Any) -> Any:
        if isinstance(value, str):
            return _plain(value)
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, dict):
            secret = self._secret.fullmatch
            return {k: BLANK if secret(k) else self._value(each) for k, each in value.items()}
        return value

    def _arguments(self, text: str) -> Any:
        """As JSON, whose spaces and order say nothing."""
        try:
            return self._value(orjson.loads(text))
        except orjson.JSONDecodeError:
            return _plain(text)


def _tool_name(tool: Any) -> str:
    """Of a function, also in a mapping of its own, or else the type of what is built in."""
    if not isinstance(tool, dict):
        return ""
    inside = tool.get(str(tool.get("type")))
    named = inside.get("name") if isinstance(inside, dict) else None
    return str(named or tool.get("name") or tool.get("server_label") or tool.get("type") or "")


def _plain(text: str) -> str:
    return without_keys(without_directives(text))
