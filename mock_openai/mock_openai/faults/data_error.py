"""Data error: the answer breaks off with an error object, as OpenAI sends it in mid-stream."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from mock_openai.faults.error_frames import ErrorFrameFault, broken_off
from mock_openai.faults.outcomes import SHORT, Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class DataError(ErrorFrameFault):
    """The error stands where the place is; nothing follows it, and the body ends properly."""

    name: ClassVar[str] = "data-error"
    effect: ClassVar[str] = '`data: {"error": …}` instead of the rest; the value is its code'
    official: ClassVar[Outcomes] = outcomes(
        "raises `openai.APIError`",
        SHORT,
        javascript="raises `AnthropicError`",
    )
    elsewhere: ClassVar[Mapping[str, str]] = {"messages": "out_of_order"}

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        data = plan.wire.data_error(self.code)
        return broken_off(plan, place, lambda _: data)
