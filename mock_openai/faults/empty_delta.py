"""Empty delta: a frame that says nothing, as some servers send between others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.payload import payload_of, with_payload
from mock_openai.faults.place import Place, chunk_at
from mock_openai.plan import Plan


@dataclass(frozen=True, slots=True)
class EmptyDelta(Fault):
    """It comes at once before chunk N, and is like it but for its delta, which is `{}`."""

    name: ClassVar[str] = "empty-delta"
    effect: ClassVar[str] = "before chunk N comes a frame whose delta is empty"

    @property
    def violation(self) -> str:
        return "none"

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        at = chunk_at(place, plan)
        payload = None if at is None else payload_of(plan.frames[at])
        if at is None or payload is None:
            return None
        choices = payload.get("choices")
        if not isinstance(choices, list) or not choices:
            return None
        choices[0]["delta"] = {}
        empty = with_payload(plan.frames[at], payload)._replace(kind="empty", chunk=None)
        return replace(plan, frames=(*plan.frames[:at], empty, *plan.frames[at:]))
