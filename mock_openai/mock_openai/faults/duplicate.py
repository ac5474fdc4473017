"""Duplicate: one content chunk is sent twice."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WRONG, Outcomes, outcomes
from mock_openai.faults.place import Place, chunk_at
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Duplicate(Fault):
    """The second copy follows at once, with the same bytes."""

    name: ClassVar[str] = "duplicate"
    effect: ClassVar[str] = "chunk N comes twice"
    official: ClassVar[Outcomes] = outcomes(WRONG)
    elsewhere: ClassVar[Mapping[str, str]] = {"responses": "seq_duplicate"}

    @property
    def violation(self) -> str:
        return "text_repeated"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = chunk_at(place, plan)
        if at is None:
            return None
        frames = plan.frames
        return replace(plan, frames=(*frames[: at + 1], frames[at], *frames[at + 1 :]))
