import re
from contextlib import suppress
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_openai.text.regex_string import patterned
from mock_openai.text.schema_instance import SchemaError, instance
from tests.harness.chance import by_chance, examples, seeds

RECURSIVE = {
    "$defs": {
        "node": {
            "type": "object",
            "properties": {
                "value": {"type": "integer", "minimum": 3, "maximum": 5},
                "next": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
                "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            },
            "required": ["value", "next", "children"],
            "additionalProperties": False,
        }
    },
    "$ref": "#/$defs/node",
}
SCHEMAS: list[Any] = [
    {},
    True,
    RECURSIVE,
    {"const": {"a": [1]}},
    {"enum": ["a", 2, None]},
    {"type": ["string", "null"]},
    {"type": "string", "minLength": 40, "maxLength": 41},
    {"type": "string", "pattern": r"^[A-Z]{2}-\d{3,5}(foo|bar)?[^\W\d]$"},
    {"type": "integer", "exclusiveMinimum": 3, "exclusiveMaximum": 5},
    {"type": "integer", "multipleOf": 7, "minimum": 50},
    {"type": "number", "minimum": -1, "maximum": 1},
    {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 0.001},
    {"type": "number", "multipleOf": 0.5, "minimum": 1, "maximum": 9},
    {"type": "array", "items": {"enum": [1, 2, 3]}, "minItems": 3, "uniqueItems": True},
    {"type": "array", "prefixItems": [{"const": 1}, {"type": "null"}], "items": False},
    {"anyOf": [{"type": "integer"}, {"type": "object", "required": ["a"]}]},
    {"allOf": [{"properties": {"a": {"type": "integer"}}, "required": ["a"]},
               {"properties": {"b": {"type": "null"}}, "required": ["b"]}], "type": "object"},
    {"type": "object", "additionalProperties": {"type": "boolean"}, "minProperties": 2},
    *({"type": "string", "format": name} for name in
      ("date-time", "date", "time", "email", "hostname", "ipv4", "ipv6", "uuid", "uri")),
]  # fmt: skip


@by_chance
@pytest.mark.parametrize("schema", SCHEMAS)
def test_an_instance_is_valid_for_its_schema(schema: Any) -> None:
    checker = jsonschema.Draft202012Validator(
        schema, format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER
    )
    for seed in seeds(100):
        checker.validate(instance(schema, Random(seed)))


def test_a_seed_fixes_the_instance() -> None:
    assert instance(RECURSIVE, Random(7)) == instance(RECURSIVE, Random(7))


@pytest.mark.parametrize(
    "schema",
    [
        False,
        7,
        {"type": "thing"},
        {"enum": []},
        {"$ref": "#/$defs/nowhere"},
        {"anyOf": [{"$ref": "#/anyOf/" + "9" * 5_000}]},
        {"$ref": "https://example.com/schema"},
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
        {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]},
        {"type": "integer", "minimum": 2, "maximum": 1},
        {"type": "array", "items": {"const": 1}, "minItems": 2, "uniqueItems": True},
        {"type": "array", "minItems": 10**9},
        {"type": "string", "minLength": 10**9},
        {"type": "string", "pattern": "(?=x)y"},
        {"type": "string", "pattern": "((){9999}){9999}"},
        {"type": "string", "pattern": "("},
    ],
)
def test_a_schema_without_an_instance_is_said_to_have_none(schema: Any) -> None:
    with pytest.raises(SchemaError):
        instance(schema, Random(0))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
KEYS = st.sampled_from(
    sorted({key for schema in SCHEMAS if isinstance(schema, dict) for key in schema})
)
WORDS = st.sampled_from(["object", "array", "string", "number", "integer", "#", "#/items", "(a*)*"])
WILD = st.recursive(
    JSON | WORDS,
    lambda inner: st.dictionaries(KEYS, inner, max_size=4) | st.lists(inner, max_size=3),
    max_leaves=20,
)


@examples(120)
@given(schema=WILD)
def test_no_schema_breaks_the_making_of_instances(schema: Any) -> None:
    with suppress(SchemaError):
        instance(schema, Random(1))


@pytest.mark.parametrize("pattern", [r"\d+", "a|b", "[^a-z]", r"(x)\1", "^$", "[é-ë]{3}", "."])
def test_a_patterned_text_matches(pattern: str) -> None:
    for seed in seeds(20):
        made = patterned(pattern, Random(seed))
        assert made is not None
        assert re.fullmatch(pattern, made)
