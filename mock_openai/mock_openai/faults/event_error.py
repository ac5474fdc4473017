"""Event error: the answer breaks off with an event of the name `error`, and a bare error object."""

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from mock_openai.faults.error_frames import ErrorFrameFault, broken_off
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class EventError(ErrorFrameFault):
    """As some servers have it: there is no `error` key, for which many clients look."""

    name: ClassVar[str] = "event-error"
    effect: ClassVar[str] = (
        "`event: error` with the bare error object instead of the rest; the value is its code"
    )
    official: ClassVar[Outcomes] = outcomes(
        "gives a chunk whose `choices` is None, raises nothing",
        "raises `anthropic.APIStatusError`",
        javascript="raises `APIError`",
    )

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        return broken_off(plan, place, partial(plan.wire.event_error, self.code))
