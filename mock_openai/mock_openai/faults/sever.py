"""Sever: the connection is closed inside the body, so that HTTP clients see an incomplete read."""

from dataclasses import dataclass
from typing import ClassVar

from mock_openai.faults.early_end import ended_at
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Sever(Fault):
    """What the place is before and all after it are not sent."""

    name: ClassVar[str] = "sever"
    effect: ClassVar[str] = (
        "the connection is closed (FIN) inside the body, which HTTP sees as incomplete"
    )
    official: ClassVar[Outcomes] = outcomes(
        "raises `openai.APIConnectionError`",
        "raises `httpx2.RemoteProtocolError`",
        javascript="raises `AnthropicError`",
    )

    @property
    def violation(self) -> str:
        return "missing_end"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        return ended_at(place, plan, "sever")
