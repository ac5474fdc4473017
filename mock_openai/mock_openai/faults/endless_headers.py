"""Endless headers: one header line after another, and never the answer."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.counting import every
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Frame, Plan
from mock_openai.text.random_source import RandomSource

LINES = 3_600
EVERY_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class EndlessHeaders(Fault):
    """A line each `every_ns`, 3,600 of them, then silence: no read ever times out, nothing ends."""

    name: ClassVar[str] = "endless-headers"
    effect: ClassVar[str] = (
        "a header line comes each second (or the time given), never the last one"
    )
    official: ClassVar[Outcomes] = outcomes(
        "raises `openai.APITimeoutError`",
        "raises `anthropic.APITimeoutError`",
        javascript="raises `APIConnectionTimeoutError`",
    )
    default: ClassVar[Place] = Place("request")
    value: ClassVar[str] = "2s"

    every_ns: int = EVERY_NS

    @property
    def violation(self) -> str:
        return "missing_end"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, every(cls.name, value, EVERY_NS))

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        if place.kind != "request":
            return None
        lines = tuple(
            Frame(n * self.every_ns, b"x-mock-endless-%d: more\r\n" % n, "header")
            for n in range(1, LINES + 1)
        )
        return replace(plan, frames=lines, streamed=True, ending="hang", end_ns=0, head_open=True)
