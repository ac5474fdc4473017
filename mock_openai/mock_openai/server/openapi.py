"""The mock's own OpenAPI page, made from the tables that requests are checked and routed by."""

from html import escape

from mock_openai.api import ROUTES
from mock_openai.api.operations import (
    REFUSED,
    SESSION,
    Json,
    operation,
    path_parameter,
    query_parameter,
    refused,
)
from mock_openai.endpoints import ENDPOINTS, Endpoint
from mock_openai.request.overrides import DIRECTIVE_KEYS

_HEADERS = {
    **{f"X-Mock-{name.title()}": key.words for name, key in DIRECTIVE_KEYS.items()},
    "X-Mock-Session": "keeps parallel tests apart",
}


def openapi() -> Json:
    """As JSON, OpenAPI 3.1."""
    paths: Json = {endpoint.path: {"post": _played(endpoint)} for endpoint in ENDPOINTS.values()}
    paths["/v1/responses/{response_id}"] = {"get": _retrieve()}
    for row in ROUTES:
        # OpenAPI knows no kinds of path parameters.
        path = row.path.replace(":path}", "}")
        paths.setdefault(path, {})[row.method.lower()] = row.operation
    paths["/healthz"] = {"get": operation("Whether it is up", "health")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mock-openai",
            "version": "1",
            "description": "An OpenAI API, and Anthropic's Messages, that say exactly what was "
            "scripted, exactly when.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _played(endpoint: Endpoint) -> Json:
    summary = endpoint.summary
    answer = {"type": "object", "required": list(endpoint.answers)}
    content: Json = {"application/json": {"schema": answer}}
    if "stream" in endpoint.request["properties"]:
        content["text/event-stream"] = {}  # events: no JSON schema
    provider = endpoint.provider
    errors = REFUSED if provider.errors is None else refused(provider.title, provider.errors)
    return {
        "operationId": endpoint.name,
        "summary": summary,
        "parameters": [
            {"name": name, "in": "header", "required": False, "description": description,
             "schema": {"type": "string"}}
            for name, description in _HEADERS.items()
        ] + [
            {"name": name, "in": "header", "required": True, "schema": schema}
            for name, schema in endpoint.provider.headers.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": endpoint.request}},
        },
        "responses": {"200": {"description": summary, "content": content}, "4XX": errors},
    }  # fmt: skip


def _retrieve() -> Json:
    one = path_parameter("response_id")
    described = operation("A kept response, or its events again", "getResponse", one, SESSION)
    described["parameters"] += [
        query_parameter("stream", {"type": "boolean"}),
        query_parameter("starting_after", {"type": "integer", "minimum": 0}),
    ]
    described["responses"]["200"]["content"]["text/event-stream"] = {}
    return described


def page() -> str:
    """The same for people: one table, no scripts, nothing from elsewhere."""
    rows = "".join(
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(described['summary'])}</td></tr>"
        for path, methods in openapi()["paths"].items()
        for method, described in methods.items()
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8><title>mock-openai</title>"
        "<style>body{font:16px/1.5 system-ui;margin:2rem auto;max-width:60rem;padding:0 1rem}"
        "td{padding:.2rem 1rem .2rem 0}</style><h1>mock-openai</h1>"
        "<p>An OpenAI API that says exactly what was scripted, exactly when. "
        'As data: <a href="/openapi.json">openapi.json</a>. Azure\'s addresses, '
        "<code>/openai/deployments/…?api-version=…</code> and <code>/openai/v1/…</code>, lead to "
        "the same.</p>"
        f"<table>{rows}</table></html>"
    )
