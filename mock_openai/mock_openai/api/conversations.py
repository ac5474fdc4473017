"""The routes of conversations."""

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.api.operations import (
    SESSION,
    ApiRoute,
    operation,
    page_parameters,
    path_parameter,
    with_body,
)
from mock_openai.endpoints.checks import metadata
from mock_openai.http.request_params import json_response, mock_of, object_of
from mock_openai.request.sessions import session_of
from mock_openai.storage.conversations import ADDED, NEW, Conversations
from mock_openai.storage.paging import ListQuery, paged

PATH = "/v1/conversations"


def _addressed(request: Request) -> tuple[Conversations, str, str]:
    """All of them, the session, and the id of the one that is meant."""
    name = request.path_params.get("conversation_id", "")
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
    return json_response(conversations.find(session, name).item(request.path_params["item_id"]))


async def _drop(request: Request) -> Response:
    return json_response(Conversations.drop(*_addressed(request), request.path_params["item_id"]))


_ONE, _ITEM = path_parameter("conversation_id"), path_parameter("item_id")

ROUTES = (
    ApiRoute(
        "POST",
        PATH,
        _create,
        with_body(operation("Begin a conversation", "createConversation", SESSION), NEW),
    ),
    ApiRoute(
        "GET",
        PATH + "/{conversation_id}",
        _retrieve,
        operation("A conversation", "getConversation", _ONE, SESSION),
    ),
    ApiRoute(
        "POST",
        PATH + "/{conversation_id}",
        _update,
        with_body(
            operation("Give it other metadata", "updateConversation", _ONE, SESSION),
            {"metadata": metadata},
            "metadata",
        ),
    ),
    ApiRoute(
        "DELETE",
        PATH + "/{conversation_id}",
        _delete,
        operation("Forget a conversation", "deleteConversation", _ONE, SESSION),
    ),
    ApiRoute(
        "GET",
        PATH + "/{conversation_id}/items",
        _items,
        operation("What was said", "listConversationItems", _ONE, SESSION, *page_parameters()),
    ),
    ApiRoute(
        "POST",
        PATH + "/{conversation_id}/items",
        _add,
        with_body(
            operation("Add to a conversation", "createConversationItems", _ONE, SESSION),
            ADDED,
            "items",
        ),
    ),
    ApiRoute(
        "GET",
        PATH + "/{conversation_id}/items/{item_id}",
        _item,
        operation("One item", "getConversationItem", _ONE, _ITEM, SESSION),
    ),
    ApiRoute(
        "DELETE",
        PATH + "/{conversation_id}/items/{item_id}",
        _drop,
        operation("Take an item away", "deleteConversationItem", _ONE, _ITEM, SESSION),
    ),
)
