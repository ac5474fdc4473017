"""The steps that a scenario can have. A new step is one class and one row."""

from __future__ import annotations

from mock_openai.scenarios.speaking import Echo, Generate, Refuse, Say, Think
from mock_openai.scenarios.step import Step
from mock_openai.scenarios.structured import CallTool, Json

__all__ = ["STEPS", "CallTool", "Echo", "Generate", "Json", "Refuse", "Say", "Step", "Think"]

STEPS: dict[str, type[Step]] = {
    step.key: step for step in (Say, Echo, Generate, Think, CallTool, Refuse, Json)
}
