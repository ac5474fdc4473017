"""The messages of a request to Anthropic: checked, and turned into messages that can be heard.

A tool's result comes in a user's message there; here it is one of the tool's, as in chats.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_openai.endpoints.anthropic.checks import (
    boolean,
    fields,
    invalid,
    items,
    maybe,
    one_of,
    record,
    string,
    string_or,
    tagged,
)
from mock_openai.endpoints.checks import Check, any_value
from mock_openai.errors import ApiError
from mock_openai.request.overrides import without_directives

Json = dict[str, Any]
MOST_MESSAGES = 100_000
_ROLE = one_of("user", "assistant")
_CACHE = {"type": string, "cache_control": any_value}
TEXT = fields({**_CACHE, "text": string, "citations": any_value}, ("type", "text"))
_SOURCE = tagged({}, lambda kind: record)
_IMAGE = fields({**_CACHE, "source": _SOURCE}, ("type", "source"))
_DOCUMENT = fields(
    {
        **_CACHE,
        "source": _SOURCE,
        "title": maybe(string),
        "context": maybe(string),
        "citations": any_value,
    },
    ("type", "source"),
)
_OTHERS = (
    "search_result", "server_tool_use", "web_search_tool_result", "web_fetch_tool_result",
    "code_execution_tool_result", "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result", "tool_search_tool_result", "container_upload",
    "mcp_tool_use", "mcp_tool_result", "tool_reference", "browser_state", "fallback",
)  # fmt: skip
"""Blocks that are taken as they are: the mock reads nothing of them."""
_RESULT = fields(
    {
        **_CACHE,
        "tool_use_id": string,
        "content": maybe(
            string_or(
                items(
                    tagged(
                        {
                            "text": TEXT,
                            "image": _IMAGE,
                            "document": _DOCUMENT,
                            "search_result": record,
                            "tool_reference": record,
                            "browser_state": record,
                        }
                    )
                )
            )
        ),
        "is_error": maybe(boolean),
        "toolset_name": maybe(string),
    },
    ("type", "tool_use_id"),
)
_USE = fields(
    {
        **_CACHE,
        "id": string,
        "name": string,
        "input": record,
        "caller": any_value,
        "toolset_name": maybe(string),
    },
    ("type", "id", "name", "input"),
)
_BLOCK = tagged(
    {
        "text": TEXT,
        "image": _IMAGE,
        "document": _DOCUMENT,
        "thinking": fields(
            {"type": string, "thinking": string, "signature": string},
            ("type", "thinking", "signature"),
        ),
        "redacted_thinking": fields({"type": string, "data": string}, ("type", "data")),
        "tool_use": _USE,
        "tool_result": _RESULT,
        **dict.fromkeys(_OTHERS, record),
    }
)
_ALL = items(
    fields({"role": _ROLE, "content": string_or(items(_BLOCK))}, ("role", "content")), MOST_MESSAGES
)


def _check_messages(value: Any, path: str) -> None:
    if isinstance(value, list):
        if not value:
            raise invalid(path, "at least one message is required")
        for one in value:
            if isinstance(one, dict) and one.get("role") == "system":
                raise invalid(
                    path,
                    'Unexpected role "system". The Messages API accepts a top-level `system` '
                    'parameter, not "system" as an input message role.',
                )
    _ALL.run(value, path)
    for number, message in enumerate(value):
        _check_filled(message, f"{path}.{number}", last=number == len(value) - 1)
    _check_results(value, path)


MESSAGES = Check(_check_messages, _ALL.schema)
SYSTEM = string_or(items(TEXT))


def _check_filled(message: Json, path: str, *, last: bool) -> None:
    content = message["content"]
    if not content and not (last and message["role"] == "assistant"):
        raise invalid(
            path,
            "all messages must have non-empty content except for the optional final assistant "
            "message",
        )
    for block in _blocks(message):
        if block["type"] == "text" and not block["text"]:
            raise invalid("messages", "text content blocks must be non-empty")
    if last and message["role"] == "assistant":
        end = content if isinstance(content, str) else "".join(map(_text, content[-1:]))
        if end != end.rstrip():
            raise invalid("messages", "final assistant content cannot end with trailing whitespace")


def _blocks(message: Mapping[str, Any]) -> Sequence[Json]:
    content = message["content"]
    return content if isinstance(content, list) else ()


def _check_results(messages: Sequence[Json], path: str) -> None:
    """Each call must be answered at once, by the first blocks of the next message."""
    calls: list[str] = []
    for number, message in enumerate(messages):
        blocks = _blocks(message)
        results = [one["tool_use_id"] for one in blocks if one["type"] == "tool_result"]
        strange = [one for one in results if one not in calls]
        if message["role"] != "user":
            strange = results
        if strange:
            raise ApiError(
                400,
                f"{path}.{number}.content.0: unexpected `tool_use_id` found in `tool_result` "
                f"blocks: {strange[0]}. Each `tool_result` block must have a corresponding "
                "`tool_use` block in the previous message.",
                f"{path}.{number}.content",
            )
        _check_answered([one for one in calls if one not in results], number - 1, path)
        calls = [one["id"] for one in blocks if one["type"] == "tool_use"]
    _check_answered(calls, len(messages) - 1, path)


def _check_answered(unanswered: Sequence[str], number: int, path: str) -> None:
    if unanswered:
        raise ApiError(
            400,
            f"{path}.{number}: `tool_use` ids were found without `tool_result` blocks immediately "
            f"after: {', '.join(unanswered)}. Each `tool_use` block must have a corresponding "
            "`tool_result` block in the next message.",
            f"{path}.{number}",
        )


def _text(block: Mapping[str, Any]) -> str:
    return block["text"] if block["type"] == "text" else ""


def messages_of(body: Mapping[str, Any]) -> list[Json]:
    """Checked `system` and `messages` as chat messages: the form in which they are heard."""
    chats: list[Json] = []
    system = body.get("system")
    if system:
        chats.append({"role": "system", "content": _parts_of(system)})
    for message in body["messages"]:
        results = [one for one in _blocks(message) if one["type"] == "tool_result"]
        chats += [{"role": "tool", "content": _parts_of(one.get("content") or "")}
                  for one in results]  # fmt: skip
        content = _parts_of(message["content"])
        if not results:
            chats.append({"role": message["role"], "content": content})
        elif content:
            # What agents add to a tool's result is no new question of the user's.
            last = chats[-1]["content"]
            parts = [{"type": "text", "text": last}] if isinstance(last, str) else last
            chats[-1] = {**chats[-1], "content": [*parts, *map(_without_directive, content)]}
    return chats


def _without_directive(part: Any) -> Json:
    return {**part, "text": without_directives(part["text"])} if part["type"] == "text" else part


def _parts_of(content: str | Sequence[Json]) -> str | list[Json]:
    if isinstance(content, str):
        return content
    parts: list[Json] = []
    for block in content:
        kind = block["type"]
        if kind == "text":
            parts.append({"type": "text", "text": block["text"]})
        elif kind == "image":
            parts.append({"type": "image_url", "image_url": {"detail": "auto"}})
        elif kind == "document":
            parts.append(_document(block["source"]))
    return parts


def _document(source: Mapping[str, Any]) -> Json:
    if source["type"] == "text" and isinstance(source.get("data"), str):
        return {"type": "text", "text": source["data"]}
    return {"type": "file", "file": {}}
