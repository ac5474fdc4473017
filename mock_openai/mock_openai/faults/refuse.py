"""Refuse the request with a status, as the provider words it."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Frame, Plan
from mock_openai.plan.scripted_header import header_problem
from mock_openai.text.random_source import RandomSource

_RETRY = {429: "1", 503: "1", 529: "1"}
_ANSWERS_OWN = ("content-type", "cache-control", "x-accel-buffering")
"""Headers of the answer that would have come; the others are those of a refusal too."""
_IN_ERROR = ("code", "type", "param")
"""Fields of the error object that may be scripted; the official client hands them on."""


@dataclass(frozen=True, slots=True)
class Refuse(Fault):
    """`status` from 400 to 599; `headers` replace the default ones (429: `retry-after: 1`), but for
    those that frame the answer; `error` has the `code`, `type` and `param` that are not the usual
    ones. On one line:
    `429;code=insufficient_quota;retry-after=5;x-more=a`."""

    name: ClassVar[str] = "refuse"
    effect: ClassVar[str] = "an error status with OpenAI's error body instead of an answer"
    official: ClassVar[Outcomes] = outcomes(
        "raises `openai.RateLimitError`",
        "raises `anthropic.RateLimitError`",
        javascript="raises `RateLimitError`",
    )
    default: ClassVar[Place] = Place("request")
    value: ClassVar[str] = "429"

    status: int = 429
    message: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    error: tuple[tuple[str, str], ...] = ()

    @property
    def violation(self) -> str:
        return "refused"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        given = value if isinstance(value, dict) else _spelled(str(value or 429))
        unknown = set(given) - {"status", "message", "headers", *_IN_ERROR}
        if unknown:
            raise ValueError(f"refuse has no {sorted(map(str, unknown))}")
        text = str(given.get("status") or 429)
        if not (text.isdecimal() and 400 <= int(text) <= 599):
            raise ValueError(f"refuse takes a status from 400 to 599, but got {text!r}")
        headers = given.get("headers") or {}
        if not isinstance(headers, dict):
            raise ValueError("refuse: headers is a mapping of names to values")
        pairs = tuple((str(k).lower(), str(v)) for k, v in headers.items())
        for name, content in pairs:
            if problem := header_problem(name, content):
                raise ValueError(f"refuse: {problem}")
        error = tuple((name, str(given[name])) for name in _IN_ERROR if name in given)
        return cls(place, int(text), str(given.get("message") or ""), pairs, error)

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        if place.kind != "request":
            return None
        scripted: dict[str, str | None] = dict(self.error)
        if self.message:
            scripted["message"] = self.message
        retry = {"retry-after": _RETRY[self.status]} if self.status in _RETRY else {}
        usual = {name: text for name, text in plan.headers if name not in _ANSWERS_OWN}
        limit = dict(plan.wire.used_up) if self.status == 429 else {}
        headers = {
            "content-type": "application/json", **usual, **limit, **retry, **dict(self.headers)
        }  # fmt: skip
        body = plan.wire.refusal(self.status, scripted, usual)
        return replace(
            plan,
            status=self.status,
            headers=tuple(headers.items()),
            streamed=False,
            frames=(Frame(0, body, "error"),),
            ending="complete",
            end_ns=0,
        )


def _spelled(text: str) -> dict[str, object]:
    status, *pairs = text.split(";")
    headers: dict[str, str] = {}
    error: dict[str, str] = {}
    for pair in pairs:
        name, equals, content = pair.partition("=")
        if not equals:
            raise ValueError(f"refuse: write header=value, not {pair!r}")
        (error if name in _IN_ERROR else headers)[name] = content
    return {"status": status, "headers": headers, **error}
