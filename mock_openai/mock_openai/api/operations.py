"""Descriptions of routes for the OpenAPI page, in the words of OpenAPI 3.1."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mock_openai.endpoints.checks import Check, object_schema
from mock_openai.http.request_params import Handler

Json = dict[str, Any]


class ApiRoute(NamedTuple):
    """A route that is not played: `operation` describes it on the OpenAPI page."""

    method: str
    path: str
    handler: Handler
    operation: Json


_ERROR: Json = {
    "type": "object",
    "properties": {
        "error": {
            "type": "object",
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": ["string", "null"]},
            },
            "required": ["message", "type", "param", "code"],
        }
    },
    "required": ["error"],
}


def refused(server: str, schema: Mapping[str, Any]) -> Json:
    """A refusal, whose body this JSON schema describes."""
    return {
        "description": f"Refused, in the shape of {server}'s own errors.",
        "content": {"application/json": {"schema": schema}},
    }


REFUSED = refused("OpenAI", _ERROR)
SESSION: Json = {
    "name": "X-Mock-Session",
    "in": "header",
    "required": False,
    "description": "keeps parallel tests apart",
    "schema": {"type": "string"},
}


def operation(summary: str, name: str, *parameters: Mapping[str, Any]) -> Json:
    """A route that answers with a JSON object; `name` is its operationId."""
    return {
        "operationId": name,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {
                "description": summary,
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "4XX": REFUSED,
        },
    }


def with_body(described: Json, table: Mapping[str, Check], *required: str) -> Json:
    """With a JSON body of these fields."""
    content = {"schema": object_schema(table, required)}
    return {**described, "requestBody": {"content": {"application/json": content}}}


def query_parameter(name: str, schema: Json) -> Json:
    """One that may be left out."""
    return {"name": name, "in": "query", "required": False, "schema": schema}


def path_parameter(name: str) -> Json:
    """A name in the path."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }


def page_parameters() -> tuple[Json, ...]:
    """How a list is paged."""
    return (
        query_parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100}),
        query_parameter("after", {"type": "string"}),
        query_parameter("order", {"type": "string", "enum": ["asc", "desc"]}),
    )
