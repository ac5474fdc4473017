"""Content type: the stream says of itself that it is something else."""

import re
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource

_TYPE = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ContentType(Fault):
    """Only the header changes; the place is the request, whatever is said."""

    name: ClassVar[str] = "content-type"
    effect: ClassVar[str] = "the header says application/json (or the type given)"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    default: ClassVar[Place] = Place("request")
    value: ClassVar[str] = "text/html"

    kind: str = "application/json"

    @property
    def violation(self) -> str:
        return "wrong_content_type"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        if value in (None, "", True):
            return cls(place)
        if not _TYPE.fullmatch(str(value)):
            raise ValueError(f"content-type takes a type such as text/plain, not {value!r}")
        return cls(place, str(value))

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        headers = tuple(
            (name, self.kind if name == "content-type" else value) for name, value in plan.headers
        )
        return replace(plan, headers=headers)
