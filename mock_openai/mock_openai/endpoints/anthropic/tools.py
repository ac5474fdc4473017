"""The tools, the thinking and the output format that a request to Anthropic asks for: checked."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from mock_openai.endpoints.anthropic.checks import (
    boolean,
    bounded,
    fields,
    invalid,
    items,
    maybe,
    one_of,
    record,
    string,
    tagged,
    text,
)
from mock_openai.endpoints.checks import Check, any_value

_CUSTOM = fields(
    {
        "type": maybe(one_of("custom")),
        "name": text("^[a-zA-Z0-9_-]{1,128}$"),
        "description": string,
        "input_schema": record,
        "strict": boolean,
        "eager_input_streaming": maybe(boolean),
        "defer_loading": boolean,
        "allowed_callers": any_value,
        "input_examples": any_value,
        "cache_control": any_value,
    },
    ("name", "input_schema"),
)
_RUN_BY_THE_SERVER = re.compile(
    r"(web_search|web_fetch|code_execution|tool_search|mcp|memory_search)\w*"
)


def _tool(value: Any, path: str) -> None:
    record.run(value, path)
    if value.get("type") in (None, "custom"):
        _CUSTOM.run(value, path)
        return
    string.run(value["type"], f"{path}.type")
    string.run(value.get("name", ""), f"{path}.name")


def _tools(value: Any, path: str) -> None:
    _ALL.run(value, path)
    names = [tool["name"] for tool in value if "name" in tool]
    if len(set(names)) < len(names):
        raise invalid(path, "Tool names must be unique.")


_ALL = items(Check(_tool, _CUSTOM.schema))
TOOLS = Check(_tools, _ALL.schema)
_ALONE = {"type": string, "disable_parallel_tool_use": boolean}
TOOL_CHOICE = tagged(
    {
        "auto": fields(_ALONE),
        "any": fields(_ALONE),
        "tool": fields({**_ALONE, "name": string}, ("name",)),
        "none": fields({"type": string}),
    }
)
_DISPLAY = {"type": string, "display": maybe(one_of("summarized", "omitted"))}
LEAST_BUDGET = 1_024
THINKING = tagged(
    {
        "enabled": fields(
            {**_DISPLAY, "budget_tokens": bounded(int, LEAST_BUDGET)}, ("budget_tokens",)
        ),
        "adaptive": fields(_DISPLAY),
        "disabled": fields({"type": string}),
    }
)
OUTPUT = fields(
    {
        "effort": maybe(one_of("low", "medium", "high", "xhigh", "max")),
        "format": maybe(
            tagged({"json_schema": fields({"type": string, "schema": record}, ("schema",))})
        ),
    }
)


def schemas_of(tools: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The schema of each tool's input, by its name: of those that the client runs."""
    return {
        tool["name"]: tool.get("input_schema")
        for tool in tools
        if "name" in tool and not _RUN_BY_THE_SERVER.fullmatch(tool.get("type") or "")
    }


def forced_tool(choice: Mapping[str, Any] | None, names: Sequence[str]) -> str | None:
    """The tool that must be called. Raises ApiError."""
    if choice is None or choice["type"] in ("auto", "none"):
        return None
    if not names:
        raise invalid("tool_choice", "tool_choice may only be specified while providing tools.")
    if choice["type"] == "any":
        return names[0]
    if choice["name"] not in names:
        raise invalid("tool_choice", f"Tool '{choice['name']}' not found in provided tools")
    name: str = choice["name"]
    return name
