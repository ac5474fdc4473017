"""Wrong index: one frame says that it belongs to another choice, or to another item."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, WRONG, Outcomes, outcomes
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
    official: ClassVar[Outcomes] = outcomes(
        WHOLE,
        helper="raises `builtins.IndexError`",
        javascript=WRONG,
    )
    elsewhere: ClassVar[Mapping[str, str]] = {"responses": "id_changed"}

    @property
    def violation(self) -> str:
        return "out_of_order"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        def moved(frame: Frame, payload: dict[str, Any]) -> Frame | None:
            return with_payload(frame, payload) if plan.wire.move(payload, ADDED) else None

        return rewritten(plan, place, moved)
