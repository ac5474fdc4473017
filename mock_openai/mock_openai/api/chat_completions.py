"""The routes of stored chat completions."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_openai.http.api_key import keyed
from mock_openai.http.request_params import Handler, json_response, mock_of, object_of
from mock_openai.request.sessions import session_of
from mock_openai.settings import Settings
from mock_openai.storage.chat_completions import ListQuery, paged

PATH = "/v1/chat/completions"


async def _listed(request: Request) -> Response:
    query = ListQuery.read(request.query_params)
    return json_response(mock_of(request).completions.page(session_of(request.headers), query))


async def _retrieve(request: Request) -> Response:
    name = request.path_params["name"]
    return json_response(
        mock_of(request).completions.find(session_of(request.headers), name).to_json()
    )


async def _update(request: Request) -> Response:
    name, body = request.path_params["name"], await object_of(request)
    return json_response(
        mock_of(request).completions.update(session_of(request.headers), name, body)
    )


async def _delete(request: Request) -> Response:
    name = request.path_params["name"]
    return json_response(mock_of(request).completions.delete(session_of(request.headers), name))


async def _messages(request: Request) -> Response:
    name, query = request.path_params["name"], ListQuery.read(request.query_params)
    saved = mock_of(request).completions.find(session_of(request.headers), name)
    return json_response(paged(saved.messages(), query))


_ROWS: tuple[tuple[str, str, Handler], ...] = (
    ("GET", "", _listed),
    ("GET", "/{name}", _retrieve),
    ("POST", "/{name}", _update),
    ("DELETE", "/{name}", _delete),
    ("GET", "/{name}/messages", _messages),
)


def stored_routes(settings: Settings) -> list[Route]:
    """All of them, for the application."""
    return [
        Route(PATH + path, keyed(handler, settings), methods=[method])
        for method, path, handler in _ROWS
    ]
