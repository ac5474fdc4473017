"""The routes of responses that are kept, beside those that are played: the input of one, its end,
and how many tokens an input is.

https://platform.openai.com/docs/api-reference/responses
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.api.operations import (
    SESSION,
    ApiRoute,
    Json,
    operation,
    page_parameters,
    path_parameter,
)
from mock_openai.endpoints import ENDPOINTS
from mock_openai.endpoints.checks import maybe_string
from mock_openai.endpoints.conversation_items import full_item
from mock_openai.http.body_limits import BodyLimits
from mock_openai.http.request_params import body_of, json_response, mock_of
from mock_openai.request.json_body import parse_body
from mock_openai.request.sessions import session_of
from mock_openai.storage.paging import ListQuery, paged
from mock_openai.storage.responses import StoredResponse
from mock_openai.text.tokenizer import count

PATH = "/v1/responses"


async def _delete(request: Request) -> Response:
    session, name = session_of(request.headers), request.path_params["response_id"]
    return json_response(mock_of(request).responses.delete(session, name))


async def _cancel(request: Request) -> Response:
    mock, name = mock_of(request), request.path_params["response_id"]
    now_ns = mock.player.clock_ns()
    return json_response(mock.responses.cancel(session_of(request.headers), name, now_ns))


async def _input_items(request: Request) -> Response:
    """What the request itself brought, the newest first; not what was said before it."""
    query = ListQuery.read({"order": "desc", **request.query_params})
    name = request.path_params["response_id"]
    stored = mock_of(request).responses.find(session_of(request.headers), name)
    return json_response(paged(_items(name, stored), query))


def _items(name: str, stored: StoredResponse) -> list[dict[str, Any]]:
    given = stored.planned.request.given.get("input") or []
    items = [{"role": "user", "content": given}] if isinstance(given, str) else given
    return [
        {"id": f"in_{name.removeprefix('resp_')}{number:02}", **full_item(item)}
        for number, item in enumerate(items)
    ]


async def _input_tokens(request: Request) -> Response:
    """What is counted of the input: that of an answer too, but where a scenario tells its usage."""
    mock, endpoint = mock_of(request), ENDPOINTS[PATH]
    headers = {name.lower(): value for name, value in request.headers.items()}
    given = parse_body(await body_of(request, BodyLimits()))
    maybe_string.run(given.pop("personality", None), "personality")  # of this endpoint alone
    body = {"model": "gpt-4o", **{k: v for k, v in given.items() if v is not None}}
    if not any(name in body for name in ("input", "previous_response_id", "conversation")):
        body["input"] = ""
    parsed, _ = endpoint.read(body, headers)
    if parsed.previous is not None and endpoint.continue_from is not None:
        parsed = endpoint.continue_from(parsed, mock.recall(session_of(headers), parsed.previous))
    tokens = count(parsed.prompt) + parsed.extra_tokens
    return json_response({"object": "response.input_tokens", "input_tokens": tokens})


_ONE = path_parameter("response_id")
_INPUT: Json = {
    "schema": {
        **ENDPOINTS[PATH].request,
        "properties": {
            **ENDPOINTS[PATH].request["properties"],
            "personality": maybe_string.schema,
        },
        "required": [],
    }
}

ROUTES = (
    ApiRoute(
        "DELETE",
        PATH + "/{response_id}",
        _delete,
        operation("Forget a response", "deleteResponse", _ONE, SESSION),
    ),
    ApiRoute(
        "POST",
        PATH + "/{response_id}/cancel",
        _cancel,
        operation("Stop a response in the background", "cancelResponse", _ONE, SESSION),
    ),
    ApiRoute(
        "GET",
        PATH + "/{response_id}/input_items",
        _input_items,
        operation("What a response was asked", "listInputItems", _ONE, SESSION, *page_parameters()),
    ),
    ApiRoute(
        "POST",
        PATH + "/input_tokens",
        _input_tokens,
        {
            **operation("How many tokens an input is", "countInputTokens", SESSION),
            "requestBody": {"content": {"application/json": _INPUT}},
        },
    ),
)
