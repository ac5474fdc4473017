"""Join: frames that should come apart leave in one write, as from a proxy that buffers."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.counting import whole
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place, index_of
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource

MOST = 100_000


@dataclass(frozen=True, slots=True)
class Join(Fault):
    """`count` 0: all to the end. They leave when the last of them was due, whose time they get."""

    name: ClassVar[str] = "join"
    effect: ClassVar[str] = "that many frames (all to the end) come in one write, with the last"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    default: ClassVar[Place] = Place("first")
    value: ClassVar[str] = "4"

    count: int = 0

    @property
    def violation(self) -> str:
        return "none" if self.count else "buffered"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, whole(cls.name, value, 0, least=2, most=MOST))

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = index_of(place, plan)
        if at is None or plan.frame_per_write:
            return None
        until = min(len(plan.frames), at + self.count) if self.count else len(plan.frames)
        due_ns = plan.frames[until - 1].due_ns
        joined = [frame._replace(due_ns=due_ns) for frame in plan.frames[at:until]]
        return replace(plan, frames=(*plan.frames[:at], *joined, *plan.frames[until:]))
