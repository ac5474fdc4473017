"""Sever: the connection is closed inside the body, so that HTTP clients see an incomplete read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import Place, index_of
from mock_openai.plan import Plan


@dataclass(frozen=True, slots=True)
class Sever(Fault):
    """Chunk N and all after it are not sent; the end comes when chunk N was due."""

    name: ClassVar[str] = "sever"
    effect: ClassVar[str] = "the connection is closed (FIN) inside the chunked body"

    @property
    def violation(self) -> str:
        return "missing_end"

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        at = index_of(place, plan)
        if at is None:
            return None
        due_ns = plan.frames[at].due_ns
        return replace(plan, frames=plan.frames[:at], ending="sever", end_ns=due_ns)
