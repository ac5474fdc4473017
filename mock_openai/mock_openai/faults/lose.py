"""Lose: one content chunk is never sent; everything else is as planned."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WRONG, Outcomes, outcomes
from mock_openai.faults.place import Place, chunk_at
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Lose(Fault):
    """The frames around it keep their times."""

    name: ClassVar[str] = "lose"
    effect: ClassVar[str] = "chunk N never comes"
    official: ClassVar[Outcomes] = outcomes(WRONG)
    elsewhere: ClassVar[Mapping[str, str]] = {"responses": "seq_gap"}

    @property
    def violation(self) -> str:
        return "text_lost"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = chunk_at(place, plan)
        if at is None:
            return None
        return replace(plan, frames=plan.frames[:at] + plan.frames[at + 1 :])
