"""The faults that say more after the end than there is to say."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, WRONG, Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan import sse
from mock_openai.plan.plan import Frame, Plan
from mock_openai.text.random_source import RandomSource

STRAY = b"garbage after the end"


@dataclass(frozen=True, slots=True)
class AfterEnd(Fault):
    """One more frame after the last one, at once; the place is the end, whatever is said."""

    default: ClassVar[Place] = Place("last")

    @abstractmethod
    def more(self, plan: Plan) -> Frame | None:
        """The frame that is too much."""

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        if not plan.streamed or not plan.frames or plan.ending != "complete":
            return None
        more = self.more(plan)
        if more is None:
            return None
        return replace(plan, frames=(*plan.frames, more._replace(due_ns=plan.last_ns)))


@dataclass(frozen=True, slots=True)
class Garbage(AfterEnd):
    """An event whose data is no JSON."""

    name: ClassVar[str] = "garbage"
    effect: ClassVar[str] = "after the end comes an event that is not JSON"
    official: ClassVar[Outcomes] = outcomes(WHOLE)

    @property
    def violation(self) -> str:
        return "malformed_frame"

    def more(self, plan: Plan) -> Frame | None:
        return Frame(0, sse.event(STRAY), "garbage")


@dataclass(frozen=True, slots=True)
class LateChunk(AfterEnd):
    """The last content chunk again."""

    name: ClassVar[str] = "late-chunk"
    effect: ClassVar[str] = "after the end comes the last content chunk again"
    official: ClassVar[Outcomes] = outcomes(WHOLE, WRONG, javascript=WHOLE)

    @property
    def violation(self) -> str:
        return "event_after_end"

    def more(self, plan: Plan) -> Frame | None:
        return next((f for f in reversed(plan.frames) if f.chunk is not None), None)


@dataclass(frozen=True, slots=True)
class SecondEnd(AfterEnd):
    """The frame that ends the stream again."""

    name: ClassVar[str] = "second-end"
    effect: ClassVar[str] = "the frame that ends the stream comes twice"
    official: ClassVar[Outcomes] = outcomes(WHOLE)

    @property
    def violation(self) -> str:
        return "second_end"

    def more(self, plan: Plan) -> Frame | None:
        return plan.frames[-1]
