"""The steps whose text is JSON: call_tool and json."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import orjson

from mock_openai.errors import ApiError
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.parts import Part
from mock_openai.scenarios.step import Step, read_keys, read_line
from mock_openai.scenarios.templates import Text
from mock_openai.text.generators import write
from mock_openai.text.random_source import RandomSource
from mock_openai.text.schema_instance import SchemaError, instance

DEEPEST = 200  # lists and mappings of a scenario's own JSON; orjson writes 254
FROM_SCHEMA = "from_schema"
_INPUT_TOKENS = 12  # of a custom tool's input that nobody has written
_ANY_OBJECT = {"type": "object", "properties": {"answer": {"type": "string"}},
               "required": ["answer"]}  # fmt: skip
Filled = Callable[[ParsedRequest], Any]


@dataclass(frozen=True, slots=True)
class CallTool(Step):
    """Calls a tool: by default the one that the request wants, with arguments of its schema.

    `once`: not when the request brings the result of a call along. Several calls in one answer
    are parallel calls.
    """

    key: ClassVar[str] = "call_tool"
    name: Text | None = None
    arguments: Filled | None = None
    once: bool = False

    @classmethod
    def read(cls, value: object) -> Self:
        if isinstance(value, str):
            value = {"name": value}
        usage = "call_tool takes {name: NAME, arguments: {…}}"
        given = read_keys(value or {}, ("name", "arguments", "once"), usage)
        once = given.get("once", False)
        if not isinstance(once, bool):
            raise ValueError(f"once is true or false, not {once!r}")
        name = Text.read(read_line(given["name"], "name")) if "name" in given else None
        arguments = given.get("arguments", FROM_SCHEMA)
        return cls(name, None if arguments == FROM_SCHEMA else _filled(arguments), once)

    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        if self.once and request.has_tool_result:
            return []
        name = (
            self.name.render(request)
            if self.name
            else request.must_call or next(iter((*request.tools, *request.custom_tools)), None)
        )
        if name is None:
            message = "It calls a tool, but the request has no tools."
            raise ApiError(400, message, "tools", "mock_no_tool")
        if self.arguments is None and name in request.custom_tools:
            return [Part("tool", write("prose", _INPUT_TOKENS, chance), name)]
        if self.arguments is None:
            return [Part("tool", _from_schema(name, request, chance), name)]
        given = self.arguments(request)
        return [Part("tool", given if isinstance(given, str) else _text(given), name)]


@dataclass(frozen=True, slots=True)
class Json(Step):
    """Says a value as JSON, or an instance of the schema that the request wants."""

    key: ClassVar[str] = "json"
    content: Filled | None = None

    @classmethod
    def read(cls, value: object) -> Self:
        return cls(None if value == FROM_SCHEMA else _filled(value))

    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        if self.content is not None:
            return [Part("content", _text(self.content(request)))]
        schema = _ANY_OBJECT if request.schema is None else request.schema
        try:
            return [Part("content", _made(schema, chance))]
        except SchemaError as error:
            message = f"Invalid schema for response_format: {error}."
            raise ApiError(400, message, "response_format") from error


def _from_schema(name: str, request: ParsedRequest, chance: RandomSource) -> str:
    schema = request.parameters.get(name) or {"type": "object"}
    try:
        return _made(schema, chance)
    except SchemaError as error:
        message = f"Invalid schema for function '{name}': {error}."
        raise ApiError(400, message, "tools", "invalid_function_parameters") from error


def _made(schema: Any, chance: RandomSource) -> str:
    """An instance as JSON. Raises SchemaError."""
    try:
        return _text(instance(schema, chance))
    except RecursionError as error:
        raise SchemaError("it is nested too deeply") from error
    except orjson.JSONEncodeError as error:
        raise SchemaError("its instances are nested too deeply") from error


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _filled(value: Any, depth: int = 0) -> Filled:
    """A value of a scenario file whose texts may be templates."""
    if depth > DEEPEST:
        raise ValueError(f"more than {DEEPEST} lists and mappings are inside of each other")
    if isinstance(value, dict):
        fields = {str(key): _filled(inner, depth + 1) for key, inner in value.items()}
        return lambda request: {key: inner(request) for key, inner in fields.items()}
    if isinstance(value, list):
        items = [_filled(inner, depth + 1) for inner in value]
        return lambda request: [inner(request) for inner in items]
    if isinstance(value, str):
        return Text.read(value).render
    try:
        orjson.dumps(value)
    except TypeError as error:
        raise ValueError(f"JSON has no such value: {value!r}") from error
    return lambda request: value
