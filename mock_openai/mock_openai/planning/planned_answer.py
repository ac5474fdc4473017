"""What is planned for one request, before its first byte; what is said is made again from it."""

from dataclasses import dataclass, replace

from mock_openai.plan.plan import Plan
from mock_openai.plan.write_schedule import WriteSchedule, schedule_writes
from mock_openai.planning.plan_builder import compose_answer
from mock_openai.request.overrides import Overrides
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer
from mock_openai.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class PlannedAnswer:
    """All that is known before the first byte. `ignored` are parameters of the request that neither
    OpenAI nor the profile knows, by their paths."""

    request: ParsedRequest
    scenario: str
    why: str
    seed: int
    overrides: Overrides
    plan: Plan
    schedule: WriteSchedule
    script: Scenario
    profile: str = "openai"
    ignored: tuple[str, ...] = ()

    @property
    def hold(self) -> int | None:
        """The content chunk before which the stream is held."""
        return self.script.hold if self.overrides.hold is None else self.overrides.hold

    @property
    def broken_off(self) -> bool:
        """Whether an error stands where the rest of the answer would be."""
        return any(fault.placed and fault.violation == "failed" for fault in self.plan.faults)

    @property
    def recipe(self) -> "PlannedAnswer":
        """Without what is played: for those who keep it, and make that again."""
        return replace(self, plan=_NOTHING, schedule=_NO_WRITES)


_NOTHING = Plan(frames=())
_NO_WRITES = schedule_writes(_NOTHING)


def answer_of(planned: PlannedAnswer) -> Answer:
    """What is said, made again."""
    return compose_answer(planned.request, planned.script, planned.overrides, planned.seed)[0]
