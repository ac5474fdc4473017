"""The published schemas, as a reader of our JSON would use them."""

from functools import cache
from typing import Any

import orjson
from jsonschema import Draft202012Validator

from docs.json_schemas import FOLDER


@cache
def _validator(name: str) -> Draft202012Validator:
    schema = orjson.loads((FOLDER / name).read_bytes())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def misfits(name: str, value: Any) -> list[str]:
    """Where a value is not as the schema of this name says, and how."""
    return [f"{one.json_path}: {one.message}" for one in _validator(name).iter_errors(value)]
