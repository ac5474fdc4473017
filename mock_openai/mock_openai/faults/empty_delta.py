"""Empty delta: a frame that says nothing, as some servers send between others."""

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.payload import payload_of, with_payload
from mock_openai.faults.place import Place, chunk_at
from mock_openai.plan.plan import Frame, Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class EmptyDelta(Fault):
    """It comes at once before chunk N, and is like it but for its delta, which is `{}`; in
    responses it is an empty text, and what follows is numbered anew."""

    name: ClassVar[str] = "empty-delta"
    effect: ClassVar[str] = "before chunk N comes a frame whose delta is empty"
    official: ClassVar[Outcomes] = outcomes(WHOLE)

    @property
    def violation(self) -> str:
        return "none"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = chunk_at(place, plan)
        payload = None if at is None else payload_of(plan.frames[at])
        if at is None or payload is None:
            return None
        if not plan.wire.empty(payload):
            return None
        after = plan.frames[at:]
        if plan.wire.numbered:
            after = tuple(_later(frame) for frame in after)
        empty = with_payload(plan.frames[at], payload)._replace(kind="empty", chunk=None)
        return replace(plan, frames=(*plan.frames[:at], empty, *after))


def _later(frame: Frame) -> Frame:
    """With the number that it has after one more event."""
    payload = payload_of(frame)
    if payload is None or "sequence_number" not in payload:
        return frame
    return with_payload(frame, {**payload, "sequence_number": payload["sequence_number"] + 1})
