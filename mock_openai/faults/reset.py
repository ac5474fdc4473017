"""Reset: the connection ends by a TCP RST."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import Place, index_of
from mock_openai.plan import Plan


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """Chunk N and all after it are not sent; the end comes when chunk N was due."""

    name: ClassVar[str] = "reset"
    effect: ClassVar[str] = "the connection is reset (TCP RST) inside the body"

    @property
    def violation(self) -> str:
        return "missing_end"

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        at = index_of(place, plan)
        if at is None:
            return None
        due_ns = plan.frames[at].due_ns
        return replace(plan, frames=plan.frames[:at], ending="reset", end_ns=due_ns)
