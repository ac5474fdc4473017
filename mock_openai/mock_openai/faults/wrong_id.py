"""Wrong id: one frame says that it belongs to another answer."""

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import NO_PLACE, WHOLE, Outcomes, outcomes
from mock_openai.faults.payload import payload_of, with_payload
from mock_openai.faults.place import Place, index_of
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource

OTHER = "another"


@dataclass(frozen=True, slots=True)
class WrongId(Fault):
    """The id gets an ending; the first frame from the place on that has the answer's id."""

    name: ClassVar[str] = "wrong-id"
    effect: ClassVar[str] = "the frame carries another id than the rest of the answer"
    official: ClassVar[Outcomes] = outcomes(WHOLE, NO_PLACE)

    @property
    def violation(self) -> str:
        return "id_changed"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = index_of(place, plan)
        if at is None:
            return None
        for number in range(at, len(plan.frames)):
            payload = payload_of(plan.frames[number])
            if payload is None or not plan.wire.rename(payload, f"-{OTHER}"):
                continue
            wrong = with_payload(plan.frames[number], payload)
            frames = plan.frames
            return replace(plan, frames=(*frames[:number], wrong, *frames[number + 1 :]))
        return None
