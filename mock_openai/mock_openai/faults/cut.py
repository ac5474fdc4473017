"""Cut: the body ends properly for HTTP, but too early for the stream: the silent truncation."""

from dataclasses import dataclass
from typing import ClassVar

from mock_openai.faults.early_end import ended_at
from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import SHORT, Outcomes, outcomes
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Ending, Plan
from mock_openai.text.random_source import RandomSource

_WAYS: dict[str, Ending] = {"": "eof", "eof": "eof", "sever": "sever", "reset": "reset"}


@dataclass(frozen=True, slots=True)
class Cut(Fault):
    """What the place is before and all after it are not sent; `way` is how the end comes."""

    name: ClassVar[str] = "cut"
    effect: ClassVar[str] = "the body ends cleanly too early: no finish_reason, no [DONE]"
    official: ClassVar[Outcomes] = outcomes(SHORT, javascript="raises `AnthropicError`")
    value: ClassVar[str] = "eof, sever or reset"

    way: Ending = "eof"

    @property
    def violation(self) -> str:
        return "missing_end"

    @classmethod
    def read(cls, place: Place, value: object) -> "Cut":
        text = "" if value in (None, True) else str(value).strip()
        if text not in _WAYS:
            raise ValueError(f"cut is eof, sever or reset, not {text!r}")
        return cls(place, _WAYS[text])

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        return ended_at(place, plan, self.way)
