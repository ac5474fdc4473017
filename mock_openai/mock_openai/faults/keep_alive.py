"""SSE comments between the frames, as proxies and servers send them. A client that stumbles over
one is at fault, and no stream is wrong for them. Beside this fault only some profiles send any,
each once: `profiles/habits.py`. When they are due: `plan/keep_alive.py`."""

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.counting import every
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place, index_of
from mock_openai.plan.keep_alive import with_keep_alives
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource

EVERY_NS = 100_000_000


@dataclass(frozen=True, slots=True)
class KeepAlive(Fault):
    """The first comment when the place is due, then one after each `every_ns` up to the end."""

    name: ClassVar[str] = "keep-alive"
    effect: ClassVar[str] = "from the place on comes a comment line each 100 ms (or the time given)"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    default: ClassVar[Place] = Place("first")
    value: ClassVar[str] = "100ms"

    every_ns: int = EVERY_NS

    @property
    def violation(self) -> str:
        return "none"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, every(cls.name, value, EVERY_NS))

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = index_of(place, plan)
        if at is None or not plan.streamed:
            return None
        frames = with_keep_alives(plan.frames, at, self.every_ns, plan.wire.keep_alive)
        return replace(plan, frames=frames)
