"""Routes that ask for a key, where the mock does."""

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.endpoints.openai_errors import check_key
from mock_openai.http.request_params import Handler
from mock_openai.settings import Settings


def keyed(handler: Handler, settings: Settings) -> Handler:
    """The same route; without a key it refuses, where the settings want one."""

    async def handle(request: Request) -> Response:
        if settings.require_key:
            check_key(request.headers)
        return await handler(request)

    return handle
