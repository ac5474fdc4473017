"""JSON schemas of `TypedDict`s: what stands in `Annotated` beside a field describes it.

pydantic would do it too, with a `TypedDict` that is not the standard library's before Python 3.12.
"""

from collections.abc import Mapping
from types import NoneType, UnionType
from typing import (
    Annotated,
    Any,
    Literal,
    NotRequired,
    get_args,
    get_origin,
    get_type_hints,
    is_typeddict,
)

_PLAIN: Mapping[Any, str] = {
    str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null",
}  # fmt: skip
Json = dict[str, Any]


def schema_of(kind: type[Any]) -> Json:
    """The schema of a `TypedDict`; each object in it is a definition of its own."""
    definitions: dict[str, Json] = {}
    top = _schema(kind, definitions)
    own = definitions.pop(kind.__name__)
    del top["$ref"]
    more = {"$defs": dict(sorted(definitions.items()))} if definitions else {}
    return {**own, **more}


def _schema(kind: Any, definitions: dict[str, Json]) -> Json:
    origin, parts = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return {**_schema(parts[0], definitions), "description": parts[1]}
    if origin is NotRequired:
        return _schema(parts[0], definitions)
    if kind in _PLAIN:
        return {"type": _PLAIN[kind]}
    if origin is Literal:
        return {"enum": list(parts)}
    if origin is UnionType:
        return {"type": [_PLAIN[part] for part in parts]}
    if origin is list:
        return {"type": "array", "items": _schema(parts[0], definitions)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _schema(parts[1], definitions)}
    if is_typeddict(kind):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    raise TypeError(f"no JSON schema for {kind}")


def _object(kind: Any, definitions: dict[str, Json]) -> Json:
    hints = get_type_hints(kind, include_extras=True)
    return {
        "title": kind.__name__.removesuffix("Json"),
        "description": " ".join((kind.__doc__ or "").split()),
        "type": "object",
        "properties": {name: _schema(hint, definitions) for name, hint in hints.items()},
        "required": [name for name, hint in hints.items() if get_origin(hint) is not NotRequired],
        "additionalProperties": False,
    }
