"""What faults share that break an answer off with an error object."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.fault import Fault
from mock_openai.faults.place import Place, index_of
from mock_openai.plan.plan import Frame, Plan

CODE = "server_error"


@dataclass(frozen=True, slots=True)
class ErrorFrameFault(Fault):
    """The error stands where the place is, with this code; nothing follows it."""

    value: ClassVar[str] = "an error code, such as rate_limit_exceeded"

    code: str = CODE

    @property
    def violation(self) -> str:
        return "failed"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, CODE if value in (None, "", True) else str(value)[:100])


def broken_off(plan: Plan, place: Place, error: Callable[[int], bytes]) -> Plan | None:
    """The plan up to `place`, where the frame of `error` stands; it is told its number."""
    at = index_of(place, plan)
    if at is None or not plan.streamed:
        return None
    frame = Frame(plan.frames[at].due_ns, error(at), "error")
    return replace(plan, frames=(*plan.frames[:at], frame), end_ns=0)
