"""Wrong id: one frame says that it belongs to another answer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.payload import payload_of, with_payload
from mock_openai.faults.place import Place, index_of
from mock_openai.plan import Plan

OTHER = "another"


@dataclass(frozen=True, slots=True)
class WrongId(Fault):
    """The id gets an ending: `id`, `response.id` or `item_id`, whichever the frame has."""

    name: ClassVar[str] = "wrong-id"
    effect: ClassVar[str] = "the frame carries another id than the rest of the answer"

    @property
    def violation(self) -> str:
        return "id_changed"

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        at = index_of(place, plan)
        payload = None if at is None else payload_of(plan.frames[at])
        if at is None or payload is None:
            return None
        holder = _holder(payload)
        if holder is None:
            return None
        inside, key = holder
        inside[key] = f"{inside[key]}-{OTHER}"
        wrong = with_payload(plan.frames[at], payload)
        return replace(plan, frames=(*plan.frames[:at], wrong, *plan.frames[at + 1 :]))


def _holder(payload: dict[str, Any]) -> tuple[dict[str, Any], str] | None:
    response = payload.get("response")
    if isinstance(response, dict) and "id" in response:
        return response, "id"
    return next(((payload, key) for key in ("id", "item_id") if key in payload), None)
