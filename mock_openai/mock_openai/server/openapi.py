"""The mock's own OpenAPI page, made from the tables that requests are checked by."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from mock_openai.endpoints import ENDPOINTS, Endpoint
from mock_openai.endpoints.checks import Check, metadata, object_schema
from mock_openai.storage.conversations import ADDED, NEW

Json = dict[str, Any]
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
_REFUSED: Json = {
    "description": "Refused, in the shape of OpenAI's own errors.",
    "content": {"application/json": {"schema": _ERROR}},
}
_ANSWERS: dict[str, tuple[str, tuple[str, ...]]] = {
    "chat.completions": ("Answer a chat", ("id", "object", "created", "model", "choices")),
    "responses": ("Answer, and keep the answer", ("id", "object", "status", "output")),
    "completions": ("Go on with a text", ("id", "object", "created", "model", "choices")),
    "embeddings": ("Texts as points of unit length", ("object", "data", "model", "usage")),
    "moderations": ("Judge texts by plain words", ("id", "model", "results")),
}
_HEADERS = {
    "X-Mock-Scenario": "the scenario that answers",
    "X-Mock-Seed": "a seed of its own",
    "X-Mock-Speed": "divides all times",
    "X-Mock-Fault": "faults, as in a directive: cut@12, stall@3:2s",
    "X-Mock-Session": "keeps parallel tests apart",
}
_SESSION: Json = {
    "name": "X-Mock-Session",
    "in": "header",
    "required": False,
    "description": _HEADERS["X-Mock-Session"],
    "schema": {"type": "string"},
}


def openapi() -> Json:
    """As JSON, OpenAPI 3.1."""
    paths: Json = {endpoint.path: {"post": _played(endpoint)} for endpoint in ENDPOINTS.values()}
    paths["/v1/models"] = {"get": _plain("List the models", "listModels")}
    paths["/v1/models/{model}"] = {
        "get": _plain("One model", "getModel", _path("model")),
        "delete": _plain("Refused: these models are not yours", "deleteModel", _path("model")),
    }
    stored = _path("completion_id")
    paths["/v1/chat/completions"]["get"] = _plain(
        "List the stored completions", "listChatCompletions", _SESSION,
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 100}),
        _query("after", {"type": "string"}), _query("model", {"type": "string"}),
        _query("order", {"type": "string", "enum": ["asc", "desc"]}),
    )  # fmt: skip
    update = _plain("Give a completion other metadata", "updateChatCompletion", stored, _SESSION)
    paths["/v1/chat/completions/{completion_id}"] = {
        "get": _plain("A stored completion", "getChatCompletion", stored, _SESSION),
        "post": _given(update, {"metadata": metadata}, "metadata"),
        "delete": _plain("Forget a completion", "deleteChatCompletion", stored, _SESSION),
    }
    paths["/v1/chat/completions/{completion_id}/messages"] = {
        "get": _plain("What it was asked", "getChatCompletionMessages", stored, _SESSION)
    }
    one = _path("response_id")
    paths["/v1/responses/{response_id}"] = {
        "get": _retrieve(one),
        "delete": _plain("Forget a response", "deleteResponse", one, _SESSION),
    }
    paths["/v1/responses/{response_id}/cancel"] = {
        "post": _plain("Stop a response in the background", "cancelResponse", one, _SESSION)
    }
    paths["/v1/responses/{response_id}/input_items"] = {
        "get": _plain(
            "What a response was asked", "listInputItems", one, _SESSION,
            _query("limit", {"type": "integer", "minimum": 1, "maximum": 100}),
            _query("after", {"type": "string"}),
            _query("order", {"type": "string", "enum": ["asc", "desc"]}),
        )
    }  # fmt: skip
    count = _plain("How many tokens an input is", "countInputTokens", _SESSION)
    schema = {"schema": {**ENDPOINTS["/v1/responses"].request, "required": []}}
    paths["/v1/responses/input_tokens"] = {
        "post": {**count, "requestBody": {"content": {"application/json": schema}}}
    }
    paths.update(_conversations())
    paths["/healthz"] = {"get": _plain("Whether it is up", "health")}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "mock-openai",
            "version": "1",
            "description": "An OpenAI API that says exactly what was scripted, exactly when.",
        },
        "paths": paths,
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
    }


def _conversations() -> Json:
    one, item = _path("conversation_id"), _path("item_id")
    page = (
        _query("limit", {"type": "integer", "minimum": 1, "maximum": 100}),
        _query("after", {"type": "string"}),
        _query("order", {"type": "string", "enum": ["asc", "desc"]}),
    )
    return {
        "/v1/conversations": {
            "post": _given(_plain("Begin a conversation", "createConversation", _SESSION), NEW)
        },
        "/v1/conversations/{conversation_id}": {
            "get": _plain("A conversation", "getConversation", one, _SESSION),
            "post": _given(
                _plain("Give it other metadata", "updateConversation", one, _SESSION),
                {"metadata": metadata}, "metadata",
            ),
            "delete": _plain("Forget a conversation", "deleteConversation", one, _SESSION),
        },
        "/v1/conversations/{conversation_id}/items": {
            "get": _plain("What was said", "listConversationItems", one, _SESSION, *page),
            "post": _given(
                _plain("Add to a conversation", "createConversationItems", one, _SESSION),
                ADDED, "items",
            ),
        },
        "/v1/conversations/{conversation_id}/items/{item_id}": {
            "get": _plain("One item", "getConversationItem", one, item, _SESSION),
            "delete": _plain("Take an item away", "deleteConversationItem", one, item, _SESSION),
        },
    }  # fmt: skip


def _given(operation: Json, table: Mapping[str, Check], *required: str) -> Json:
    """With a JSON body of these fields."""
    content = {"schema": object_schema(table, required)}
    return {**operation, "requestBody": {"content": {"application/json": content}}}


def _played(endpoint: Endpoint) -> Json:
    summary, required = _ANSWERS[endpoint.name]
    answer = {"type": "object", "required": list(required)}
    content: Json = {"application/json": {"schema": answer}}
    if "stream" in endpoint.request["properties"]:
        content["text/event-stream"] = {}  # events: no JSON schema
    return {
        "operationId": endpoint.name,
        "summary": summary,
        "parameters": [
            {"name": name, "in": "header", "required": False, "description": description,
             "schema": {"type": "string"}}
            for name, description in _HEADERS.items()
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": endpoint.request}},
        },
        "responses": {"200": {"description": summary, "content": content}, "4XX": _REFUSED},
    }  # fmt: skip


def _plain(summary: str, operation: str, *parameters: Mapping[str, Any]) -> Json:
    return {
        "operationId": operation,
        "summary": summary,
        "parameters": list(parameters),
        "responses": {
            "200": {
                "description": summary,
                "content": {"application/json": {"schema": {"type": "object"}}},
            },
            "4XX": _REFUSED,
        },
    }


def _query(name: str, schema: Json) -> Json:
    return {"name": name, "in": "query", "required": False, "schema": schema}


def _path(name: str) -> Json:
    return {
        "name": name,
        "in": "path",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    }


def _retrieve(one: Json) -> Json:
    operation = _plain("A kept response, or its events again", "getResponse", one, _SESSION)
    operation["parameters"] += [
        _query("stream", {"type": "boolean"}),
        _query("starting_after", {"type": "integer", "minimum": 0}),
    ]
    operation["responses"]["200"]["content"]["text/event-stream"] = {}
    return operation


def page() -> str:
    """The same for people: one table, no scripts, nothing from elsewhere."""
    rows = "".join(
        f"<tr><td><code>{method.upper()}</code></td><td><code>{escape(path)}</code></td>"
        f"<td>{escape(operation['summary'])}</td></tr>"
        for path, methods in openapi()["paths"].items()
        for method, operation in methods.items()
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
