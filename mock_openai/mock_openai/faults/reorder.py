"""Reorder: two content chunks change places."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WRONG, Outcomes, outcomes
from mock_openai.faults.place import Place, chunk_at
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Reorder(Fault):
    """Chunk N + 1 comes when chunk N was due, and the other way round."""

    name: ClassVar[str] = "reorder"
    effect: ClassVar[str] = "chunk N comes after chunk N + 1"
    official: ClassVar[Outcomes] = outcomes(WRONG)
    elsewhere: ClassVar[Mapping[str, str]] = {"responses": "seq_reordered"}

    @property
    def violation(self) -> str:
        return "text_reordered"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = chunk_at(place, plan)
        if at is None:
            return None
        frames = list(plan.frames)
        after = next((i for i in range(at + 1, len(frames)) if frames[i].chunk is not None), None)
        if after is None:
            return None
        one, other = frames[at], frames[after]
        frames[at] = other._replace(due_ns=one.due_ns)
        frames[after] = one._replace(due_ns=other.due_ns)
        return replace(plan, frames=tuple(frames))
