"""The input of a response: items checked, and turned into messages that can be heard."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_openai.endpoints.checks import (
    Check,
    any_value,
    boolean,
    items,
    mapping,
    maybe,
    maybe_string,
    missing,
    one_of,
    record,
    string,
    text,
    wrong_type,
    wrong_value,
)

LONGEST = 10_485_760  # characters
MOST_ITEMS = 2_048
_ROLES = one_of(("user", "assistant", "system", "developer"))
_TEXTS = {"input_text": "text", "output_text": "text", "text": "text", "refusal": "refusal",
          "summary_text": "text", "reasoning_text": "text"}  # fmt: skip
_PARTS = one_of((*_TEXTS, "input_image", "input_file", "input_audio"))
_ITEMS = one_of(
    (
        "message", "function_call", "function_call_output", "reasoning", "item_reference",
        "file_search_call", "web_search_call", "computer_call", "computer_call_output",
        "image_generation_call", "code_interpreter_call", "local_shell_call",
        "local_shell_call_output", "mcp_list_tools", "mcp_approval_request",
        "mcp_approval_response", "mcp_call", "custom_tool_call", "custom_tool_call_output",
        "shell_call", "shell_call_output", "apply_patch_call", "apply_patch_call_output",
        "compaction", "compaction_trigger", "tool_search_call", "tool_search_output",
        "additional_tools", "configuration_update", "program", "program_output",
    )
)  # fmt: skip
_NEEDED = {
    "function_call": ("call_id", "name", "arguments"),
    "function_call_output": ("output",),
    "custom_tool_call": ("call_id", "name", "input"),
    "custom_tool_call_output": ("call_id", "output"),
    "program": ("call_id",),
    "program_output": ("call_id",),
    "additional_tools": ("tools",),
    "item_reference": ("id",),
}


_OUTPUTS = ("function_call_output", "custom_tool_call_output")


def _part(value: Any, param: str) -> None:
    record.run(value, param)
    if "type" not in value:
        raise missing(f"{param}.type")
    _PARTS.run(value["type"], f"{param}.type")
    name = _TEXTS.get(value["type"])
    if name is not None:
        if name not in value:
            raise missing(f"{param}.{name}")
        string.run(value[name], f"{param}.{name}")
    for url in ("image_url", "file_id", "detail"):
        maybe_string.run(value.get(url), f"{param}.{url}")


_ALL_PARTS = items(Check(_part, {"type": "object", "required": ["type"]}))


def _content(value: Any, param: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(param, "one of a string or array of objects", value)
    _ALL_PARTS.run(value, param)


def _item(value: Any, param: str) -> None:
    record.run(value, param)
    kind = value.get("type", "message" if "role" in value else None)
    if kind is None:
        if set(value) == {"id"}:
            kind = "item_reference"
        else:
            raise missing(f"{param}.type")
    _ITEMS.run(kind, f"{param}.type")
    maybe_string.run(value.get("id"), f"{param}.id")
    if kind == "message":
        for name in ("role", "content"):
            if name not in value:
                raise missing(f"{param}.{name}")
        _ROLES.run(value["role"], f"{param}.role")
        _content(value["content"], f"{param}.content")
    for name in _NEEDED.get(kind, ()):
        if name not in value:
            raise missing(f"{param}.{name}")
        if name == "tools":
            TOOLS.run(value[name], f"{param}.{name}")
        elif name != "output":
            string.run(value[name], f"{param}.{name}")
    if kind in _OUTPUTS:
        maybe_string.run(value.get("call_id"), f"{param}.call_id")
        _content(value["output"], f"{param}.output")


ITEM = Check(_item, {"type": "object"})
_ALL = items(ITEM, 1, MOST_ITEMS)
_TEXT = text(0, LONGEST)


def _input(value: Any, param: str) -> None:
    if isinstance(value, str):
        _TEXT.run(value, param)
    elif isinstance(value, list):
        _ALL.run(value, param)
    else:
        raise wrong_type(param, "one of a string or array of input items", value)


INPUT = Check(_input, {"anyOf": [_TEXT.schema, _ALL.schema]})
_TOOL_KINDS = one_of(
    (
        "function", "file_search", "web_search", "web_search_2025_08_26", "web_search_preview",
        "web_search_preview_2025_03_11", "computer", "computer_use_preview", "mcp",
        "code_interpreter", "image_generation", "local_shell", "shell", "custom", "apply_patch",
        "namespace", "tool_search", "programmatic_tool_calling",
    )
)  # fmt: skip
_FUNCTION: dict[str, Check] = {
    "name": text(1, 128),
    "description": maybe_string,
    "strict": boolean,
    "parameters": mapping,
}


def _tool(value: Any, param: str) -> None:
    record.run(value, param)
    if "type" not in value:
        raise missing(f"{param}.type")
    _TOOL_KINDS.run(value["type"], f"{param}.type")
    if value["type"] in ("function", "custom"):
        if "name" not in value:
            raise missing(f"{param}.name")
        for name, check in _FUNCTION.items():
            if name in value:
                check.run(value[name], f"{param}.{name}")


TOOLS = maybe(
    items(Check(_tool, {"type": "object", "properties": {"type": _TOOL_KINDS.schema}}), 0, 128)
)
_CHOICES = one_of(("none", "auto", "required"))


def _choice(value: Any, param: str) -> None:
    if value is None:
        return
    if isinstance(value, str):
        _CHOICES.run(value, param)
    elif not isinstance(value, dict):
        raise wrong_type(param, "one of a string or object", value)
    elif not isinstance(value.get("type"), str):
        raise wrong_value(f"{param}.type", f"Invalid value for '{param}': it has no type.")


TOOL_CHOICE = Check(_choice, {"anyOf": [_CHOICES.schema, {"type": "object"}]})
INCLUDE = any_value


def messages_of(given: Any) -> list[dict[str, Any]]:
    """Checked input as chat messages: the form in which conversations are heard and kept."""
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    messages: list[dict[str, Any]] = []
    for item in given:
        kind = item.get("type", "message")
        if kind == "message" and "role" in item:
            messages.append({"role": item["role"], "content": _parts_of(item["content"])})
        elif kind in _OUTPUTS:
            messages.append({"role": "tool", "content": _parts_of(item["output"])})
        elif kind in ("function_call", "custom_tool_call"):
            messages.append({"role": "assistant", "content": "", "called": item["name"]})
    return messages


def _parts_of(content: str | Sequence[Mapping[str, Any]]) -> str | list[dict[str, Any]]:
    if isinstance(content, str):
        return content
    parts: list[dict[str, Any]] = []
    for part in content:
        name = _TEXTS.get(part["type"])
        if name is not None:
            parts.append({"type": "text", "text": part[name]})
        elif part["type"] == "input_image":
            detail = part.get("detail") or "auto"
            parts.append({"type": "image_url", "image_url": {"detail": detail}})
        else:
            parts.append({"type": "file", "file": {}})
    return parts
