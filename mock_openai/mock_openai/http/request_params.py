"""What the admin routes read of a request, and how they answer it."""

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mock_openai.endpoints.openai_errors import too_large
from mock_openai.errors import ApiError
from mock_openai.http.body_limits import BodyLimits
from mock_openai.request.json_depth import read_nested
from mock_openai.request.sessions import checked
from mock_openai.state import Mock

LARGEST_BODY = 4_000_000  # bytes
Handler = Callable[[Request], Awaitable[Response]]


def json_response(content: Any, status: int = 200) -> Response:
    """`content` is what orjson takes."""
    return Response(orjson.dumps(content), status, media_type="application/json")


def mock_of(request: Request) -> Mock:
    """The mock that the application's lifespan made."""
    mock: Mock = request.state.mock
    return mock


def session_in(request: Request) -> str | None:
    """None: all sessions. Raises ApiError."""
    named = request.headers.get("x-mock-session")
    return None if named is None else checked(named)


def whole_in(request: Request, name: str, default: int, low: int, high: int) -> int:
    """A whole number of the query. Raises ApiError."""
    text = request.query_params.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and low <= int(text[:12]) <= high):
        raise ApiError(400, f"'{name}' is a whole number from {low} to {high}.", name)
    return int(text[:12])


def seconds_in(request: Request, name: str, default: float, high: float) -> float:
    """Seconds of the query, from 0. Raises ApiError."""
    text = request.query_params.get(name)
    try:
        seconds = default if text is None else float(text[:30])
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= high:
        raise ApiError(400, f"'{name}' is a number of seconds from 0 to {high:g}.", name)
    return seconds


async def body_of(request: Request, bulk: BodyLimits | None = None) -> bytes:
    """The body, up to a bound; of JSON, `bulk` counts what it holds. Raises ApiError."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_BODY:
            raise too_large(LARGEST_BODY)
        if bulk is not None and (refusal := bulk.receive(part)) is not None:
            raise refusal
    return bytes(body)


async def object_of(request: Request) -> dict[str, Any]:
    """The JSON object that the body is; nothing at all is an empty one. Raises ApiError."""
    body = await body_of(request, BodyLimits())
    try:
        parsed = read_nested(body) if body.strip() else {}
    except orjson.JSONDecodeError as error:
        raise ApiError(400, f"The body is not valid JSON: {error}.", None) from error
    if not isinstance(parsed, dict):
        raise ApiError(400, "The body must be a JSON object.", None)
    return parsed
