"""Stall: what is due from a place on comes later, or never."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.chance import Chance
from mock_openai.durations import duration_ns
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import Place, index_of
from mock_openai.plan import Plan


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """`for_ns` 0 means for ever: the connection stays open and silent."""

    name: ClassVar[str] = "stall"
    effect: ClassVar[str] = "silence for a time (or for ever), then the rest"

    for_ns: int = 3_000_000_000

    @property
    def violation(self) -> str:
        early = self.place.kind in ("request", "first") or self.place == Place("chunk", 0)
        return "first_token_late" if early and self.for_ns else "stalled"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        if value in (None, ""):
            return cls(place)
        if str(value).strip() in ("forever", "for ever"):
            return cls(place, 0)
        ns = duration_ns(value)
        if ns == 0:
            raise ValueError("stall takes a time above 0, or 'forever'")
        return cls(place, ns)

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        at = index_of(place, plan)
        if at is None:
            return None
        before, after = plan.frames[:at], plan.frames[at:]
        if not self.for_ns:
            return replace(plan, frames=before, ending="hang", end_ns=0)
        late = tuple(frame._replace(due_ns=frame.due_ns + self.for_ns) for frame in after)
        end_ns = plan.end_ns + self.for_ns if plan.end_ns else 0
        return replace(plan, frames=before + late, end_ns=end_ns)
