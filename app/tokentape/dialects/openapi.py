"""How the dialects' routes stand in the OpenAPI description: bodies, answers and errors."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, TypeAdapter
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from tokentape.errors import CODES

ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {
                "code": {"type": "string", "enum": list(CODES)},
                "message": {"type": "string"},
            },
        }
    },
}
RATE_HEADERS = {
    name: {"description": said, "schema": {"type": "integer"}}
    for name, said in (
        ("RateLimit-Limit", "Starts in one window."),
        ("RateLimit-Remaining", "Starts that are left in this window."),
        ("RateLimit-Reset", "Seconds to the next window."),
    )
}
RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
EVENT = {
    "type": "object",
    "required": ["id", "data"],
    "properties": {
        "id": {"type": "string", "pattern": "^[0-9a-f-]{36}:[0-9]+$"},
        "event": {"type": "string"},
        "data": {"type": "string"},
    },
}
TEXT_STREAM = {"text/event-stream": {"schema": EVENT}}
LAST_EVENT_ID = {
    "name": "Last-Event-ID",
    "in": "header",
    "required": False,
    "description": "`<runId>:<seq>` of the last event that was seen; none: from the first.",
    "schema": {"type": "string"},
}
OBJECT = {"type": "object"}

Responses = dict[int | str, dict[str, Any]]


@cache
def body_of(model: type[BaseModel]) -> dict[str, Any]:
    """For `openapi_extra`: the body is read by hand, so that its errors are ours. All apps of a
    process share it: nobody changes it."""
    schema = TypeAdapter(model).json_schema(ref_template="#/components/schemas/{model}")
    schema = _inlined(schema, schema.pop("$defs", {}))
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
    }


def _inlined(schema: Any, parts: dict[str, Any]) -> Any:
    """References replaced by what they name: the parts of a body are used nowhere else."""
    if isinstance(schema, list):
        return [_inlined(one, parts) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inlined(parts[schema["$ref"].rpartition("/")[2]], parts)
    return {key: _inlined(value, parts) for key, value in schema.items()}


def errors(*statuses: int) -> Responses:
    """What a route may refuse with; any may be broken (500)."""
    responses: Responses = {}
    for status in (*statuses, 500):
        codes = ", ".join(code for code, row in CODES.items() if row.status == status)
        responses[status] = {
            "description": codes or "BAD_REQUEST",
            "content": {"application/json": {"schema": ERROR}},
        }
    if 429 in responses:
        responses[429]["headers"] = {**RATE_HEADERS, **RETRY_AFTER}
    return responses


def stream() -> Responses:
    """What a route answers that streams."""
    return {200: {"description": "The answer as it comes", "content": TEXT_STREAM}}


def resumed_stream() -> Responses:
    """What a route answers that goes on with a stream."""
    return stream() | {204: {"description": "Nothing comes after `Last-Event-ID`: it has ended"}}


def counted_stream(*, whole: bool = False) -> Responses:
    """A stream that counts as a start; `whole`: or all of it at once."""
    description = stream()
    description[200]["headers"] = RATE_HEADERS
    if whole:
        description[200]["content"] = {**TEXT_STREAM, "application/json": {"schema": OBJECT}}
    return description


def answer(status: int, description: str) -> Responses:
    """What a route answers that tells an object."""
    return {
        status: {"description": description, "content": {"application/json": {"schema": OBJECT}}}
    }


STARTS = errors(400, 401, 404, 409, 413, 422, 429, 502, 503, 504)
LOOKS = errors(400, 401, 404, 422)
ACTS = errors(403, 415)
"""Of whatever changes or starts something: a foreign origin, a body that is no JSON."""


@dataclass(frozen=True, slots=True)
class Route:
    """One row of a dialect's table of routes."""

    method: str
    path: str
    act: Callable[..., Any]
    responses: Responses
    extra: dict[str, Any] | None = None


class IdInPath(Convertor[str]):
    """`{name:id}`: an id that callers make up, whatever is in it, also `/` and ends of lines."""

    regex = r"[\s\S]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", IdInPath())


def add_routes(api: FastAPI, dialect: str, routes: Iterable[Route]) -> None:
    """Put a dialect's table of routes into the API."""
    for route in routes:
        responses = route.responses if route.method == "GET" else route.responses | ACTS
        api.add_api_route(
            route.path,
            route.act,
            methods=[route.method],
            tags=[dialect],
            status_code=min(int(status) for status in route.responses),
            responses=responses,
            response_model=None,
            response_class=Response,
            openapi_extra=route.extra,
        )
