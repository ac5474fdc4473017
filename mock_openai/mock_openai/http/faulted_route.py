"""Routes that are not played, such as the list of models, may be refused: `X-Mock-Fault:
refuse:503`. Their answers are no streams, so that no other fault strikes them."""

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.errors import ApiError
from mock_openai.faults import Place
from mock_openai.faults.refuse import Refuse
from mock_openai.http.request_params import Handler
from mock_openai.plan.plan import Plan
from mock_openai.planning.seeding import chances
from mock_openai.request.overrides import read_headers

_AT_ONCE = Plan(frames=())


def faulted(handler: Handler) -> Handler:
    """The same route; where the request's header says so, it is refused."""

    async def handle(request: Request) -> Response:
        if "x-mock-fault" not in request.headers:
            return await handler(request)
        named = {"x-mock-fault": request.headers["x-mock-fault"]}
        for fault in read_headers(named).faults:
            struck = None
            if isinstance(fault, Refuse):
                struck = fault.strike(_AT_ONCE, Place("request"), chances(0, "", b"")("faults"))
            if struck is None:
                message = f"X-Mock-Fault: this answer is no stream: '{fault.name}' can't strike it"
                raise ApiError(400, message, "fault", "mock_directive")
            return Response(struck.frames[0].data, struck.status, dict(struck.headers))
        return await handler(request)

    return handle
