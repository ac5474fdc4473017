"""A plan as the server of a profile would send it. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import orjson

from mock_openai.plan.plan import Frame, Frames, Plan
from mock_openai.profiles import OPENAI, Profile
from mock_openai.profiles.profile import Context
from mock_openai.scenarios.answer import Answer

_CHAT = "chat.completions"


@dataclass(frozen=True, slots=True)
class Spelling:
    """A profile, and the parameters of a request that it alone takes."""

    profile: Profile = OPENAI
    parameters: Mapping[str, Any] = field(default_factory=dict)

    def spelled(self, plan: Plan, endpoint: str, answer: Answer) -> Plan:
        """With the habits of the server, before faults strike. They are those of chat alone."""
        if not self.profile.habits or endpoint != _CHAT:
            return plan
        context = Context(
            answer.prompt_tokens, answer.completion_tokens, answer.model, self.parameters
        )
        if plan.streamed:
            frames = plan.frames if isinstance(plan.frames, Frames) else Frames.of(plan.frames)
            for habit in self.profile.habits:
                frames = habit.stream(frames, context)
            return replace(plan, frames=frames)
        (only,) = plan.frames
        body = orjson.loads(only.data)
        for habit in self.profile.habits:
            habit.whole(body, context)
        return replace(plan, frames=(only._replace(data=orjson.dumps(body)),))

    def refusal(self, plan: Plan) -> Plan:
        """With an error in the words of the server, where the plan is a refusal."""
        if self.profile.error is None or plan.status < 400 or len(plan.frames) != 1:
            return plan
        (only,) = plan.frames
        if only.kind != "error":
            return plan
        error = orjson.loads(only.data)["error"]
        data = orjson.dumps(self.profile.error(plan.status, error))
        return replace(plan, frames=(Frame(only.due_ns, data, only.kind),))


AS_OPENAI = Spelling()
