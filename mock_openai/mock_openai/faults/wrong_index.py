"""Wrong index: one frame says that it belongs to another choice, or to another item."""

from dataclasses import dataclass
from typing import Any, ClassVar

from mock_openai.faults.fault import WHOLE, Fault
from mock_openai.faults.payload import rewritten, with_payload
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Frame, Plan
from mock_openai.text.random_source import RandomSource

ADDED = 7


@dataclass(frozen=True, slots=True)
class WrongIndex(Fault):
    """Only in streams that have choices or items."""

    name: ClassVar[str] = "wrong-index"
    effect: ClassVar[str] = "the index of the frame's choice (or item, in responses) is 7 higher"
    official: ClassVar[str] = WHOLE

    @property
    def violation(self) -> str:
        return "out_of_order"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        def moved(frame: Frame, payload: dict[str, Any]) -> Frame | None:
            return with_payload(frame, payload) if plan.wire.move(payload, ADDED) else None

        return rewritten(plan, place, moved)
