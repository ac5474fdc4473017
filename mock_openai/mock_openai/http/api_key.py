"""Routes that ask for a key, where the mock does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.endpoints.openai_errors import check_key
from mock_openai.settings import Settings

Answering = Callable[[Request], Awaitable[Response]]


def keyed(answer: Answering, settings: Settings) -> Answering:
    """The same route; without a key it refuses, where the settings want one."""

    async def answering(request: Request) -> Response:
        if settings.require_key:
            check_key(request.headers)
        return await answer(request)

    return answering
