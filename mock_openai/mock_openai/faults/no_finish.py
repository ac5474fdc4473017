"""No finish: the frame with the finish_reason is left out."""

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class NoFinish(Fault):
    """Everything else is as planned, with its times."""

    name: ClassVar[str] = "no-finish"
    effect: ClassVar[str] = "the chunk with finish_reason never comes; [DONE] does"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    default: ClassVar[Place] = Place("last")

    @property
    def violation(self) -> str:
        return "missing_end"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        frames = tuple(frame for frame in plan.frames if frame.kind != "finish")
        return replace(plan, frames=frames) if len(frames) < len(plan.frames) else None
