"""Event error: the answer breaks off with an event of the name `error`, and a bare error object."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar, Self

import orjson

from mock_openai import sse
from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.payload import numbered
from mock_openai.faults.place import Place, index_of
from mock_openai.plan import Frame, Plan


@dataclass(frozen=True, slots=True)
class EventError(Fault):
    """As some servers have it: there is no `error` key, for which many clients look."""

    name: ClassVar[str] = "event-error"
    effect: ClassVar[str] = (
        "`event: error` with the bare error object instead of the rest; the value is its code"
    )

    code: str = "server_error"

    @property
    def violation(self) -> str:
        return "failed"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place) if value in (None, "", True) else cls(place, str(value)[:100])

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        at = index_of(place, plan)
        if at is None or not plan.streamed:
            return None
        message = "The server had an error while processing your request."
        error: dict[str, Any] = {
            "message": message,
            "type": "server_error",
            "param": None,
            "code": self.code,
        }
        if numbered(plan):  # as OpenAI's own responses have it
            error = {**error, "type": "error", "sequence_number": at}
        data = sse.event(orjson.dumps(error), "error")
        frame = Frame(plan.frames[at].due_ns, data, "error")
        return replace(plan, frames=(*plan.frames[:at], frame), end_ns=0)
