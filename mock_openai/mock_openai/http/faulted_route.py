"""Routes that are not played, such as the list of models, may be refused: `X-Mock-Fault:
refuse:503`. Their answers are no streams, so that no other fault strikes them."""

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.endpoints import provider_of
from mock_openai.errors import ApiError
from mock_openai.faults.apply import strike_all
from mock_openai.faults.fault import Fault
from mock_openai.faults.refuse import Refuse
from mock_openai.http.request_params import Handler, mock_of
from mock_openai.plan.plan import Plan
from mock_openai.planning.seeding import chances
from mock_openai.planning.spelling import Spelling
from mock_openai.profiles import PROFILES
from mock_openai.request.overrides import read_headers

_AT_ONCE = Plan(frames=())


def faulted(handler: Handler) -> Handler:
    """The same route; where the request's header says so, it is refused."""

    async def handle(request: Request) -> Response:
        named = {
            name: request.headers[name]
            for name in ("x-mock-fault", "x-mock-profile")
            if name in request.headers
        }
        if "x-mock-fault" not in named:
            return await handler(request)
        overrides = read_headers(named)
        refused = _refused(overrides.faults)
        if provider_of(request.url.path).profiles:
            profile = overrides.profile or mock_of(request).settings.profile
            refused = Spelling(PROFILES[profile]).refusal(refused)
        return Response(refused.frames[0].data, refused.status, dict(refused.headers))

    return handle


def _refused(faults: tuple[Fault, ...]) -> Plan:
    """What they leave of an answer: as where it is played, the last of them counts. Raises
    ApiError, before anything is answered, for the first that has no place in such an answer."""
    struck = strike_all(_AT_ONCE, faults, chances(0, "", b"")("faults"))
    for fault, placed in zip(faults, struck.faults, strict=True):
        if not (isinstance(fault, Refuse) and placed.placed):
            message = (
                f"X-Mock-Fault: this answer is no stream: '{fault.name}' at {placed.at} "
                "can't strike it"
            )
            raise ApiError(400, message, "fault", "mock_directive")
    return struck
