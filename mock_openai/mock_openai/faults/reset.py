"""Reset: the connection ends by a TCP RST."""

from dataclasses import dataclass
from typing import ClassVar

from mock_openai.faults.early_end import ended_at
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Reset(Fault):
    """What the place is before and all after it are not sent."""

    name: ClassVar[str] = "reset"
    effect: ClassVar[str] = "the connection is reset (TCP RST) inside the body"
    official: ClassVar[Outcomes] = outcomes(
        "raises `openai.APIConnectionError`",
        "raises `httpx2.ReadError`",
        javascript="raises `AnthropicError`",
    )

    @property
    def violation(self) -> str:
        return "missing_end"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        return ended_at(place, plan, "reset")
