"""Who calls over HTTP, what they sent, and how a refusal looks."""

import logging
import re

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from tokentape.access.client_address import client_address
from tokentape.access.limits import Caller
from tokentape.access.tokens import Tokens
from tokentape.errors import CODES, CallerFault, Refused
from tokentape.json_depth import TooDeep, read_json
from tokentape.settings import Settings

log = logging.getLogger("tokentape.http")

# -1 is the place before the first event.
LAST_EVENT_ID = re.compile(r"([^:]{1,64}):(-1|\d{1,12})")
STATUS_CODES = {401: "UNAUTHORIZED", 404: "NOT_FOUND", 429: "RATE_LIMIT", 503: "SHUTTING_DOWN"}


def caller_of(request: Request, settings: Settings, tokens: Tokens) -> Caller:
    """Raises UNAUTHORIZED for a token that is there but bad."""
    identity = tokens.read_bearer(request.headers.get("authorization"))
    return Caller(identity, address_of(request, settings))


def address_of(request: Request, settings: Settings) -> str:
    """The client's address, past trusted proxies."""
    peer = request.client.host if request.client else None
    return client_address(peer, request.scope["headers"], settings.proxies)


async def json_of(request: Request, max_bytes: int) -> object:
    """The body as JSON, read no further than `max_bytes`."""
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > max_bytes:
        raise too_long(max_bytes)
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > max_bytes:
            raise too_long(max_bytes)
    try:
        return read_json(bytes(body))
    except TooDeep as error:
        raise CallerFault("BAD_REQUEST", str(error)) from None
    except ValueError:
        raise CallerFault("BAD_REQUEST", "The body is not JSON in UTF-8.") from None


def too_long(max_bytes: int) -> CallerFault:
    """The refusal of a body with more than so many bytes."""
    return CallerFault("BAD_REQUEST", f"The body is over {max_bytes} bytes.", status=413)


def position_of(request: Request, run_id: str) -> int:
    """The seq in `Last-Event-ID`, -1 without one."""
    header = request.headers.get("last-event-id")
    if header is None or header == "":
        return -1
    match = LAST_EVENT_ID.fullmatch(header.strip())
    if match is None or match[1] != run_id:
        raise CallerFault(
            "BAD_REQUEST", "`Last-Event-ID` must be `runId:seq` of this run.", field="Last-Event-ID"
        )
    return int(match[2])


def error_response(
    status: int, code: str, message: str, headers: dict[str, str] | None = None
) -> Response:
    """An error as every door here tells it: `{"error": {"code", "message"}}`."""
    body = orjson.dumps({"error": {"code": code, "message": message}})
    return Response(body, status, headers, media_type="application/json")


def install_refusals(api: FastAPI) -> None:
    """Every error leaves as `{"error": {"code", "message"}}`."""

    async def refused(_request: Request, fault: Exception) -> Response:
        if not isinstance(fault, Refused):
            raise fault
        headers = dict(fault.headers)
        if fault.retry_after_s is not None:
            headers["Retry-After"] = str(fault.retry_after_s)
        if fault.status == 401:
            headers["WWW-Authenticate"] = "Bearer"
        return error_response(fault.status, fault.code, fault.message, headers)

    async def http(_request: Request, error: Exception) -> Response:
        if not isinstance(error, HTTPException):
            raise error
        code = STATUS_CODES.get(error.status_code, "BAD_REQUEST")
        headers = dict(error.headers or {})
        return error_response(error.status_code, code, str(error.detail), headers)

    async def invalid(_request: Request, error: Exception) -> Response:
        if not isinstance(error, RequestValidationError):
            raise error
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"][1:])
        return error_response(422, "BAD_REQUEST", f"`{field}`: {first['msg']}")

    async def broken(_request: Request, _error: Exception) -> Response:
        return error_response(500, "INTERNAL", CODES["INTERNAL"].message)

    async def unstored(_request: Request, error: Exception) -> Response:
        log.error("the store failed: %s", error)
        return error_response(500, "INTERNAL", CODES["INTERNAL"].message)

    api.add_exception_handler(Refused, refused)
    api.add_exception_handler(SQLAlchemyError, unstored)
    api.add_exception_handler(OSError, unstored)
    api.add_exception_handler(HTTPException, http)
    api.add_exception_handler(RequestValidationError, invalid)
    api.add_exception_handler(Exception, broken)
