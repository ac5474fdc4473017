"""HTML: an error page of a proxy, where an API's error is expected."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.counting import whole
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Frame, Plan
from mock_openai.text.random_source import RandomSource

_TITLES = {
    403: "Forbidden", 404: "Not Found", 500: "Internal Server Error", 502: "Bad Gateway",
    503: "Service Temporarily Unavailable", 504: "Gateway Time-out",
}  # fmt: skip
PAGE = """\
<html>
<head><title>{title}</title></head>
<body>
<center><h1>{title}</h1></center>
<hr><center>nginx</center>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Html(Fault):
    """As nginx words it."""

    name: ClassVar[str] = "html"
    effect: ClassVar[str] = "an HTML page with status 502 (or the one given) instead of an answer"
    official: ClassVar[Outcomes] = outcomes(
        "raises `openai.InternalServerError`",
        "raises `anthropic.InternalServerError`",
        javascript="raises `InternalServerError`",
    )
    default: ClassVar[Place] = Place("request")
    value: ClassVar[str] = "502"

    status: int = 502

    @property
    def violation(self) -> str:
        return "refused"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, whole(cls.name, value, 502, least=400, most=599))

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        if place.kind != "request":
            return None
        title = f"{self.status} {_TITLES.get(self.status, 'Error')}"
        page = PAGE.replace("\n", "\r\n").format(title=title).encode()
        return replace(
            plan,
            status=self.status,
            headers=(("content-type", "text/html"),),
            streamed=False,
            frames=(Frame(0, page, "error"),),
            ending="complete",
            end_ns=0,
        )
