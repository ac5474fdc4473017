"""Giant chunk: a frame that is longer than the line buffers of many clients; its text is right."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mock_openai.faults.counting import whole
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import WHOLE, Outcomes, outcomes
from mock_openai.faults.payload import rewritten, with_payload
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource
from mock_openai.text.work_limit import spend

DEFAULT = 1_000_000
LARGEST = 16_000_000


@dataclass(frozen=True, slots=True)
class Giant(Fault):
    """`size` bytes are added, in the field `obfuscation`, by which OpenAI itself pads frames."""

    name: ClassVar[str] = "giant"
    effect: ClassVar[str] = "the frame is longer by that many bytes (1,000,000), in one line"
    official: ClassVar[Outcomes] = outcomes(WHOLE)
    value: ClassVar[str] = "1000000"

    size: int = DEFAULT

    @property
    def violation(self) -> str:
        return "none"

    @classmethod
    def read(cls, place: Place, value: object) -> Self:
        return cls(place, whole(cls.name, value, DEFAULT, most=LARGEST))

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        spend(self.size // 32)
        padding = "x" * self.size
        return rewritten(
            plan,
            place,
            lambda frame, payload: with_payload(frame, {**payload, "obfuscation": padding}),
        )
