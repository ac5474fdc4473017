"""Event error: the answer breaks off with an event of the name `error`, and a bare error object."""

from dataclasses import dataclass
from typing import ClassVar

import orjson

from mock_openai.faults.error_frames import ErrorFrameFault, broken_off, error_object
from mock_openai.faults.payload import numbered
from mock_openai.faults.place import Place
from mock_openai.plan import sse
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class EventError(ErrorFrameFault):
    """As some servers have it: there is no `error` key, for which many clients look."""

    name: ClassVar[str] = "event-error"
    effect: ClassVar[str] = (
        "`event: error` with the bare error object instead of the rest; the value is its code"
    )
    official: ClassVar[str] = "gives a chunk whose `choices` is None, raises nothing"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        as_openai = numbered(plan)  # its own responses have it so

        def error(number: int) -> bytes:
            body = error_object(self.code)
            if as_openai:
                body = {**body, "type": "error", "sequence_number": number}
            return sse.event(orjson.dumps(body), "error")

        return broken_off(plan, place, error)
