"""CRLF: every line of the stream ends with CR LF, as the standard of server-sent events allows."""

from dataclasses import dataclass, replace
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.place import Place, parted
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Crlf(Fault):
    """From the place on; JSON has no raw line feeds, so only the lines' ends change."""

    name: ClassVar[str] = "crlf"
    effect: ClassVar[str] = "from the place on lines end with CR LF"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    default: ClassVar[Place] = Place("first")

    @property
    def violation(self) -> str:
        return "none"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        parts = parted(place, plan)
        if parts is None or not plan.streamed:
            return None
        before, after = parts
        ended = [f._replace(data=f.data.replace(b"\n", b"\r\n")) for f in after]
        return replace(plan, frames=(*before, *ended))
