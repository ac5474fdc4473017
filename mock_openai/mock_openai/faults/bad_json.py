"""Bad JSON: a frame whose JSON has a mistake in it, at its end."""

from dataclasses import dataclass
from typing import ClassVar

from mock_openai.faults.fault import Fault
from mock_openai.faults.outcomes import Outcomes, outcomes
from mock_openai.faults.payload import json_text, rewritten, with_text
from mock_openai.faults.place import Place
from mock_openai.plan.plan import Plan
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class BadJson(Fault):
    """The last brace is a bracket: everything else is as planned."""

    name: ClassVar[str] = "bad-json"
    effect: ClassVar[str] = "the JSON of the frame ends with ] instead of }"
    official: ClassVar[Outcomes] = outcomes(
        "raises `json.JSONDecodeError`",
        javascript="raises `AnthropicError`",
    )

    @property
    def violation(self) -> str:
        return "malformed_frame"

    def strike(self, plan: Plan, place: Place, chance: RandomSource) -> Plan | None:
        return rewritten(
            plan, place, lambda frame, _: with_text(frame, json_text(frame)[:-1] + b"]")
        )
