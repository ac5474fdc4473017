"""A workflow: ordered steps through which a thread moves, one for each message. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal["chat", "text"]
COLLECTED_MAX_CHARS = 2_000
"""Of a longer answer so much is kept."""
PLACE = re.compile(r"\{([A-Za-z_]\w*)\}")
END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """`next` is None where the workflow ends; `message` is said then."""

    name: str
    prompt: str
    kind: Kind = "chat"
    guideline: str = ""
    max_tokens: int | None = None
    max_sentences: int | None = None
    collect: str | None = None
    next: str | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """At least one step; none leads in a circle."""

    name: str
    title: str
    description: str
    steps: tuple[Step, ...]

    @property
    def first(self) -> Step:
        return self.steps[0]

    def step(self, name: str) -> Step | None:
        return next((step for step in self.steps if step.name == name), None)

    def after(self, step: Step) -> Step | None:
        return self.step(step.next) if step.next else None


def collected(step: Step, before: Mapping[str, str], answer: str) -> Mapping[str, str]:
    """What is known once the user has answered this step."""
    if step.collect is None:
        return before
    return {**before, step.collect: answer[:COLLECTED_MAX_CHARS]}


def filled(template: str, values: Mapping[str, str]) -> str:
    """`{name}` replaced by what was collected, in one pass; empty where nothing was."""
    return PLACE.sub(lambda place: values.get(place[1], ""), template)
