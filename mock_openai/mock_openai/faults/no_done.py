"""No done: the closing [DONE] is left out."""

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class NoDone(Fault):
    """Everything else is as planned, with its times."""

    name: ClassVar[str] = "no-done"
    effect: ClassVar[str] = "[DONE] never comes; the body ends cleanly"
    official: ClassVar[Outcomes] = outcomes(WHOLE, javascript="raises `AnthropicError`")
    default: ClassVar[Place] = Place("last")

    @property
    def violation(self) -> str:
        return "missing_end"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        frames = tuple(frame for frame in plan.frames if frame.kind != "done")
        return replace(plan, frames=frames) if len(frames) < len(plan.frames) else None
