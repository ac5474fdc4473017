"""Cut: the body ends properly for HTTP, but too early for the stream: the silent truncation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.chance import Chance
from mock_openai.faults.fault import Fault
from mock_openai.faults.place import Place, index_of
from mock_openai.plan import Ending, Plan

_WAYS: dict[str, Ending] = {"": "eof", "eof": "eof", "sever": "sever", "reset": "reset"}


@dataclass(frozen=True, slots=True)
class Cut(Fault):
    """Chunk N and all after it are not sent; the end comes when chunk N was due."""

    name: ClassVar[str] = "cut"
    effect: ClassVar[str] = "the body ends cleanly too early: no finish_reason, no [DONE]"

    way: Ending = "eof"

    @property
    def violation(self) -> str:
        return "missing_end"

    @classmethod
    def read(cls, place: Place, value: object) -> Cut:
        text = "" if value in (None, True) else str(value).strip()
        if text not in _WAYS:
            raise ValueError(f"cut is eof, sever or reset, not {text!r}")
        return cls(place, _WAYS[text])

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        at = index_of(place, plan)
        if at is None:
            return None
        due_ns = plan.frames[at].due_ns
        return replace(plan, frames=plan.frames[:at], ending=self.way, end_ns=due_ns)
