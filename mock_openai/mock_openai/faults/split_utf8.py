"""Split UTF-8: a character of several bytes leaves in two writes."""

import re
from dataclasses import dataclass
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place, index_of
from mock_openai.faults.split import cut_frame
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource

_GOES_ON = re.compile(rb"[\x80-\xbf]")


@dataclass(frozen=True, slots=True)
class SplitUtf8(Fault):
    """The first frame from the place on that has such a character; `unicode` texts are full of
    them."""

    name: ClassVar[str] = "split-utf8"
    effect: ClassVar[str] = "a frame comes in two pieces, cut inside of a UTF-8 character"
    official: ClassVar[Outcomes] = outcomes(WHOLE)

    @property
    def violation(self) -> str:
        return "none"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        at = index_of(place, plan)
        if at is None:
            return None
        for number in range(at, len(plan.frames)):
            inside = _inside(plan.frames[number].data)
            if inside is not None:
                return cut_frame(plan, number, [inside])
        return None


def _inside(data: bytes) -> int | None:
    """The first byte that goes on with a character (10xxxxxx)."""
    match = _GOES_ON.search(data)
    return None if match is None else match.start()
