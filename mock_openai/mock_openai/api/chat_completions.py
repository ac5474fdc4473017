"""The routes of stored chat completions."""

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.api.operations import (
    SESSION,
    ApiRoute,
    operation,
    path_parameter,
    query_parameter,
    with_body,
)
from mock_openai.endpoints.checks import metadata
from mock_openai.http.request_params import json_response, mock_of, object_of
from mock_openai.request.sessions import session_of
from mock_openai.storage.paging import ListQuery, paged

PATH = "/v1/chat/completions"


async def _listed(request: Request) -> Response:
    query = ListQuery.read(request.query_params)
    return json_response(mock_of(request).completions.page(session_of(request.headers), query))


async def _retrieve(request: Request) -> Response:
    name = request.path_params["completion_id"]
    return json_response(
        mock_of(request).completions.find(session_of(request.headers), name).to_json()
    )


async def _update(request: Request) -> Response:
    name, body = request.path_params["completion_id"], await object_of(request)
    return json_response(
        mock_of(request).completions.update(session_of(request.headers), name, body)
    )


async def _delete(request: Request) -> Response:
    name = request.path_params["completion_id"]
    return json_response(mock_of(request).completions.delete(session_of(request.headers), name))


async def _messages(request: Request) -> Response:
    name, query = request.path_params["completion_id"], ListQuery.read(request.query_params)
    saved = mock_of(request).completions.find(session_of(request.headers), name)
    return json_response(paged(saved.messages(), query))


_ONE = path_parameter("completion_id")

ROUTES = (
    ApiRoute(
        "GET",
        PATH,
        _listed,
        operation(
            "List the stored completions",
            "listChatCompletions",
            SESSION,
            query_parameter("limit", {"type": "integer", "minimum": 1, "maximum": 100}),
            query_parameter("after", {"type": "string"}),
            query_parameter("model", {"type": "string"}),
            query_parameter("order", {"type": "string", "enum": ["asc", "desc"]}),
        ),
    ),
    ApiRoute(
        "GET",
        PATH + "/{completion_id}",
        _retrieve,
        operation("A stored completion", "getChatCompletion", _ONE, SESSION),
    ),
    ApiRoute(
        "POST",
        PATH + "/{completion_id}",
        _update,
        with_body(
            operation("Give a completion other metadata", "updateChatCompletion", _ONE, SESSION),
            {"metadata": metadata},
            "metadata",
        ),
    ),
    ApiRoute(
        "DELETE",
        PATH + "/{completion_id}",
        _delete,
        operation("Forget a completion", "deleteChatCompletion", _ONE, SESSION),
    ),
    ApiRoute(
        "GET",
        PATH + "/{completion_id}/messages",
        _messages,
        operation("What it was asked", "getChatCompletionMessages", _ONE, SESSION),
    ),
)
