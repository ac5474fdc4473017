"""Slow headers: status and headers come late, and all that follows with them."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.durations import duration_ns
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class SlowHeaders(Fault):
    """Not one byte before `for_ns`; then everything as planned, later by as much."""

    name: ClassVar[str] = "slow-headers"
    effect: ClassVar[str] = (
        "status and headers come 3 s late (or the time given), and then the rest"
    )
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    default: ClassVar[Place] = Place("request")
    value: ClassVar[str] = "3s"

    for_ns: int = 3_000_000_000

    @property
    def violation(self) -> str:
        return "first_token_late"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        if value in (None, "", True):
            return cls(place)
        for_ns = duration_ns(value)
        if not for_ns:
            raise ValueError("slow-headers takes a time above 0")
        return cls(place, for_ns)

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        if place.kind != "request":
            return None
        late = tuple(f._replace(due_ns=f.due_ns + self.for_ns) for f in plan.frames)
        end_ns = plan.end_ns + self.for_ns if plan.end_ns else 0
        return replace(plan, frames=late, end_ns=end_ns, head_ns=plan.head_ns + self.for_ns)
