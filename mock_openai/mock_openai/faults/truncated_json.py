"""Truncated JSON: a frame whose JSON stops in the middle; the frame itself ends properly."""

from dataclasses import dataclass
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.payload import json_text, rewritten, with_text
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Frame, Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class TruncatedJson(Fault):
    """The first half of the JSON is kept, in bytes."""

    name: ClassVar[str] = "truncated-json"
    effect: ClassVar[str] = "the JSON of the frame stops half-way"
    official: ClassVar[Outcomes] = outcomes(
        "raises `json.JSONDecodeError`",
        javascript="raises `AnthropicError`",
    )

    @property
    def violation(self) -> str:
        return "malformed_frame"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        def halve(frame: Frame, _payload: object) -> Frame:
            text = json_text(frame)
            return with_text(frame, text[: len(text) // 2])

        return rewritten(plan, place, halve)
