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
        return rewritten(plan, place, _with_another_index)


def _with_another_index(frame: Frame, payload: dict[str, Any]) -> Frame | None:
    choices = payload.get("choices")
    if isinstance(choices, list) and choices:
        choices[0]["index"] += ADDED
    elif "output_index" in payload:
        payload["output_index"] += ADDED
    else:
        return None
    return with_payload(frame, payload)
