"""Event error: the answer breaks off with an event of the name `error`, and a bare error object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import orjson

from mock_openai import sse
from mock_openai.chance import Chance
from mock_openai.faults.erring import CODE, broken_off, code_of, error_object
from mock_openai.faults.fault import Fault
from mock_openai.faults.payload import numbered
from mock_openai.faults.place import Place
from mock_openai.plan import Plan


@dataclass(frozen=True, slots=True)
class EventError(Fault):
    """As some servers have it: there is no `error` key, for which many clients look."""

    name: ClassVar[str] = "event-error"
    effect: ClassVar[str] = (
        "`event: error` with the bare error object instead of the rest; the value is its code"
    )

    code: str = CODE

    @property
    def violation(self) -> str:
        return "failed"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, code_of(value))

    def strike(self, plan: Plan, place: Place, chance: Chance) -> Plan | None:
        as_openai = numbered(plan)  # its own responses have it so

        def error(number: int) -> bytes:
            told = error_object(self.code)
            if as_openai:
                told = {**told, "type": "error", "sequence_number": number}
            return sse.event(orjson.dumps(told), "error")

        return broken_off(plan, place, error)
