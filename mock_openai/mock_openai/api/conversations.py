"""The routes of conversations."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_openai.http.api_key import keyed
from mock_openai.http.request_params import Handler, json_response, mock_of, object_of
from mock_openai.request.sessions import session_of
from mock_openai.settings import Settings
from mock_openai.storage.chat_completions import ListQuery, paged
from mock_openai.storage.conversations import Conversations

PATH = "/v1/conversations"


def _addressed(request: Request) -> tuple[Conversations, str, str]:
    """All of them, the session, and the id of the one that is meant."""
    name = request.path_params.get("name", "")
    return mock_of(request).conversations, session_of(request.headers), name


async def _create(request: Request) -> Response:
    conversations, session, _ = _addressed(request)
    return json_response(conversations.create(session, await object_of(request)))


async def _retrieve(request: Request) -> Response:
    conversations, session, name = _addressed(request)
    return json_response(conversations.find(session, name).to_json())


async def _update(request: Request) -> Response:
    conversations, session, name = _addressed(request)
    return json_response(conversations.update(session, name, await object_of(request)))


async def _delete(request: Request) -> Response:
    return json_response(Conversations.delete(*_addressed(request)))


async def _items(request: Request) -> Response:
    """The newest first, where nothing else is wanted."""
    conversations, session, name = _addressed(request)
    query = ListQuery.read({"order": "desc", **request.query_params})
    return json_response(paged(conversations.find(session, name).items, query))


async def _add(request: Request) -> Response:
    conversations, session, name = _addressed(request)
    return json_response(conversations.add(session, name, await object_of(request)))


async def _item(request: Request) -> Response:
    conversations, session, name = _addressed(request)
    return json_response(conversations.find(session, name).item(request.path_params["item"]))


async def _drop(request: Request) -> Response:
    return json_response(Conversations.drop(*_addressed(request), request.path_params["item"]))


_ROWS: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "", _create),
    ("GET", "/{name}", _retrieve),
    ("POST", "/{name}", _update),
    ("DELETE", "/{name}", _delete),
    ("GET", "/{name}/items", _items),
    ("POST", "/{name}/items", _add),
    ("GET", "/{name}/items/{item}", _item),
    ("DELETE", "/{name}/items/{item}", _drop),
)


def conversation_routes(settings: Settings) -> list[Route]:
    """All of them, for the application."""
    return [
        Route(PATH + path, keyed(handler, settings), methods=[method])
        for method, path, handler in _ROWS
    ]
