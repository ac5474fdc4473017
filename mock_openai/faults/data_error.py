"""Data error: the answer breaks off with an error object, as OpenAI sends it in mid-stream."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

import orjson

from mock_openai import sse
from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import Place, index_of
from mock_openai.plan import Frame, Plan


@dataclass(frozen=True, slots=True)
class DataError(Fault):
    """The error stands where the place is; nothing follows it, and the body ends properly."""

    name: ClassVar[str] = "data-error"
    effect: ClassVar[str] = '`data: {"error": …}` instead of the rest; the value is its code'

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
        error = {"message": message, "type": "server_error", "param": None, "code": self.code}
        data = sse.event(orjson.dumps({"error": error}))
        frame = Frame(plan.frames[at].due_ns, data, "error")
        return replace(plan, frames=(*plan.frames[:at], frame), end_ns=0)
