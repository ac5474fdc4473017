"""Stall: what is due from a place on comes later, or never."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.early_end import ended_at
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place, parted
from mock_openai.plan.durations import duration_ns
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Stall(Fault):
    """`for_ns` 0 means for ever: the connection stays open and silent."""

    name: ClassVar[str] = "stall"
    effect: ClassVar[str] = "silence for a time (or for ever), then the rest"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    variants: ClassVar[Mapping[str, Outcomes]] = {
        "stall:forever": outcomes(
            "raises `openai.APITimeoutError`",
            "raises `httpx2.ReadTimeout`",
            javascript="waits until it is aborted",
        )
    }
    value: ClassVar[str] = "3s or forever"

    for_ns: int = 3_000_000_000

    @property
    def violation(self) -> str:
        if not self.for_ns:
            return "missing_end"
        early = self.place.kind in ("request", "first") or self.place == Place("chunk", 0)
        return "first_token_late" if early else "stalled"

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

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        if not self.for_ns:
            hanging = ended_at(place, plan, "hang")
            return None if hanging is None else replace(hanging, end_ns=0)
        parts = parted(place, plan)
        if parts is None:
            return None
        before, after = parts
        late = tuple(frame._replace(due_ns=frame.due_ns + self.for_ns) for frame in after)
        end_ns = plan.end_ns + self.for_ns if plan.end_ns else 0
        return replace(plan, frames=before + late, end_ns=end_ns)
