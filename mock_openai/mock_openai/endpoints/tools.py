"""The tools and the structured output that a request asks for: checked, and read for steps."""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_openai.endpoints.checks import (
    Check,
    boolean,
    fields,
    items,
    mapping,
    matching,
    maybe,
    maybe_string,
    missing,
    one_of,
    record,
    string,
    wrong_type,
    wrong_value,
)
from mock_openai.errors import ApiError

MOST_TOOLS = 128
_NAME = matching("^[a-zA-Z0-9_-]+$", 64)
FUNCTION: dict[str, Check] = {
    "name": _NAME,
    "description": maybe_string,
    "parameters": mapping,
    "strict": boolean,
}
_TOOL = fields(
    {"type": one_of(("function", "custom")), "function": fields(FUNCTION, ("name",)),
     "custom": fields({"name": _NAME, "description": maybe_string, "format": record}, ("name",))},
    ("type",),
)  # fmt: skip


def _tool(value: Any, param: str) -> None:
    _TOOL.run(value, param)
    if value["type"] not in value:
        raise missing(f"{param}.{value['type']}")


TOOLS = maybe(items(Check(_tool, _TOOL.schema), 0, MOST_TOOLS))
FUNCTIONS = items(fields(FUNCTION, ("name",)), 1, MOST_TOOLS)
_MODES = one_of(("none", "auto", "required"))


def _choice(value: Any, param: str) -> None:
    if value is None:
        return
    if isinstance(value, str):
        _MODES.run(value, param)
    elif not isinstance(value, dict):
        raise wrong_type(param, "one of a string or object", value)


TOOL_CHOICE = Check(_choice, {"anyOf": [_MODES.schema, {"type": "object"}]})
_OLD_MODES = one_of(("none", "auto"))
_OLD_NAMED = fields({"name": string}, ("name",))


def _function_choice(value: Any, param: str) -> None:
    if value is not None:
        (_OLD_MODES if isinstance(value, str) else _OLD_NAMED).run(value, param)


FUNCTION_CHOICE = Check(_function_choice, {"anyOf": [_OLD_MODES.schema, _OLD_NAMED.schema]})


def tool_schemas(functions: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The schema of each function's arguments; strict ones must be as OpenAI wants them."""
    schemas: dict[str, Any] = {}
    for number, function in enumerate(functions):
        parameters = function.get("parameters")
        if function.get("strict") and parameters is not None:
            problem = strictness(parameters)
            if problem:
                name = function["name"]
                raise ApiError(
                    400, f"Invalid schema for function '{name}': {problem}",
                    f"tools[{number}].function.parameters", "invalid_function_parameters",
                )  # fmt: skip
        schemas[function["name"]] = parameters
    return schemas


def forced_tool(
    choice: Any, functions: Sequence[str], custom: Sequence[str] = (), *, param: str = "tool_choice"
) -> str | None:
    """The tool that must be called. `choice` is a mode, or an object that names a tool or several;
    `functions` and `custom` are the names of those that the request brings, by their kind."""
    if choice is None or choice in ("none", "auto"):
        return None
    names = (*functions, *custom)
    if not names:
        message = f"'{param}' is only allowed when 'tools' are specified."
        raise wrong_value(param, f"Invalid value for '{param}': {message}")
    if isinstance(choice, str):
        return names[0]
    if choice.get("type") == "allowed_tools":
        return _allowed_tool(choice.get("allowed_tools", choice), functions, custom)
    kind = _kind_of(choice)
    name = _name_in(choice, kind)
    if name is None:
        return None
    if name not in (custom if kind == "custom" else functions):
        message = f"Tool choice '{name}' not found in 'tools' parameter."
        raise wrong_value(param, f"Invalid value for '{param}': {message}")
    forced: str = name
    return forced


def _allowed_tool(allowed: Any, functions: Sequence[str], custom: Sequence[str]) -> str | None:
    """The first of a list, where one of them is required."""
    if not isinstance(allowed, dict) or allowed.get("mode") != "required":
        return None
    listed = allowed.get("tools")
    for tool in listed if isinstance(listed, list) else ():
        if isinstance(tool, dict):
            kind = _kind_of(tool)
            name = _name_in(tool, kind)
            if name in (custom if kind == "custom" else functions):
                return str(name)
    return None


def _kind_of(tool: Mapping[str, Any]) -> str:
    return "custom" if tool.get("type") == "custom" or "custom" in tool else "function"


def _name_in(tool: Mapping[str, Any], kind: str) -> Any:
    """Chats name it in an object of the kind's name, responses at once."""
    inner = tool.get(kind, tool)
    return inner.get("name") if isinstance(inner, dict) else None


_JSON_SCHEMA: dict[str, Check] = {
    "name": string,
    "description": maybe_string,
    "schema": record,
    "strict": boolean,
}
_KINDS = one_of(("text", "json_object", "json_schema"))
_ANY_OBJECT = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
}


def _format(value: Any, param: str) -> None:
    if value is None:
        return
    record.run(value, param)
    if "type" not in value:
        raise missing(f"{param}.type")
    _KINDS.run(value["type"], f"{param}.type")
    if value["type"] == "json_schema":
        if "json_schema" not in value:
            raise missing(f"{param}.json_schema")
        fields(_JSON_SCHEMA, ("name",)).run(value["json_schema"], f"{param}.json_schema")


RESPONSE_FORMAT = Check(
    _format,
    {
        "type": ["object", "null"],
        "properties": {
            "type": _KINDS.schema,
            "json_schema": fields(_JSON_SCHEMA, ("name",)).schema,
        },
        "required": ["type"],
    },
)


def _text_format(value: Any, param: str) -> None:
    if value is None:
        return
    record.run(value, param)
    if "type" not in value:
        raise missing(f"{param}.type")
    _KINDS.run(value["type"], f"{param}.type")
    if value["type"] == "json_schema":
        table = {**_JSON_SCHEMA, "type": string}
        fields(table, ("name", "schema")).run(value, param)


TEXT_FORMAT = Check(_text_format, {"type": ["object", "null"], "required": ["type"]})


def response_schema(given: Mapping[str, Any] | None, param: str) -> Any:
    """What a structured answer must be valid for, from `response_format` or `text.format`."""
    if given is None or given["type"] == "text":
        return None
    if given["type"] == "json_object":
        return _ANY_OBJECT
    inner = given.get("json_schema", given)
    schema = inner.get("schema", {})
    if inner.get("strict"):
        problem = strictness(schema)
        if problem:
            name = inner["name"]
            raise ApiError(400, f"Invalid schema for response_format '{name}': {problem}", param)
    return schema


def strictness(schema: Any) -> str:
    """What `strict: true` forbids in a schema; empty: nothing.

    https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
    """
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        kind = schema.get("type") if isinstance(schema, Mapping) else schema
        return f"schema must be a JSON Schema of 'type: \"object\"', got 'type: {kind!r}'."
    waiting: list[tuple[tuple[str, ...], Any]] = [((), schema)]
    while waiting:
        place, inner = waiting.pop()
        if isinstance(inner, list):
            waiting += [((*place, str(i)), one) for i, one in enumerate(inner)]
        if not isinstance(inner, Mapping):
            continue
        properties = inner.get("properties")
        if inner.get("type") == "object" or isinstance(properties, Mapping):
            if inner.get("additionalProperties") is not False:
                return f"In context={place}, 'additionalProperties' is required to be supplied and to be false."  # noqa: E501 - OpenAI's own sentence
            names = list(properties) if isinstance(properties, Mapping) else []
            required = inner.get("required", [])
            there = (
                {n for n in required if isinstance(n, str)} if isinstance(required, list) else ()
            )
            absent = [n for n in names if n not in there]
            if absent:
                return f"In context={place}, 'required' is required to be supplied and to be an array including every key in properties. Missing '{absent[0]}'."  # noqa: E501 - OpenAI's own sentence
        for key in ("anyOf", "items"):
            if key in inner:
                waiting.append(((*place, key), inner[key]))
        for key in ("properties", "$defs", "definitions"):
            nested = inner.get(key)
            if isinstance(nested, Mapping):
                waiting += [((*place, key, str(name)), one) for name, one in nested.items()]
    return ""
