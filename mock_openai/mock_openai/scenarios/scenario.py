"""A scenario: when it answers, what it says, at which pace, and what goes wrong."""

from dataclasses import dataclass, field

from mock_openai.faults.fault import Fault
from mock_openai.plan.pacing import Pace
from mock_openai.scenarios.conditions import When
from mock_openai.scenarios.replay import Recording
from mock_openai.scenarios.scripted_usage import ScriptedUsage
from mock_openai.scenarios.steps import Generate, Step

FAILED = "failed"
"""The finish of an answer that the server could not end."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """`sequence` gives the steps of successive turns (the last one repeats); `hold` is the content
    chunk before which the stream waits to be let go; `profile` is the server that it speaks like;
    `text` is the YAML that it was read from."""

    name: str
    description: str = ""
    source: str = ""
    when: When = field(default_factory=When)
    pace: Pace = field(default_factory=Pace)
    steps: tuple[Step, ...] = ()
    sequence: tuple[tuple[Step, ...], ...] = ()
    faults: tuple[Fault, ...] = ()
    finish: str = "stop"
    hold: int | None = None
    profile: str | None = None
    recorded: Recording | None = None
    usage: ScriptedUsage = field(default_factory=ScriptedUsage)
    text: str = field(default="", repr=False, compare=False)

    @property
    def session(self) -> str:
        """The session in which it was recorded; empty: none, or it is no recording."""
        return self.recorded.session if self.recorded is not None else ""

    @property
    def unsettled(self) -> bool:
        """Whether the same body may be answered otherwise another time."""
        return self.when.unsettled or bool(self.session)

    def steps_at(self, turn: int) -> tuple[Step, ...]:
        """Those of that turn, from 1; the last of a sequence is for all later ones."""
        if not self.sequence:
            return self.steps
        return self.sequence[min(max(turn, 1), len(self.sequence)) - 1]


BUILT_IN = Scenario(
    name="built-in",
    description="What answers when no scenario fits: 40 to 120 tokens of readable text.",
    source="built-in",
    steps=(Generate(),),
)
SILENT = Scenario(
    name="built-in",
    description="What answers where nothing is said: at once.",
    source="built-in",
    pace=Pace(first_ns=0, between_ns=0),
)
