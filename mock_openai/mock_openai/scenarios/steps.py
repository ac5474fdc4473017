"""The steps that a scenario can have. A new step is one class and one row."""

from mock_openai.scenarios.json_steps import CallTool, Json
from mock_openai.scenarios.step import Step
from mock_openai.scenarios.text_steps import Echo, Generate, RefusalStep, Say, Think

__all__ = ["STEPS", "CallTool", "Echo", "Generate", "Json", "RefusalStep", "Say", "Step", "Think"]

STEPS: dict[str, type[Step]] = {
    step.key: step for step in (Say, Echo, Generate, Think, CallTool, RefusalStep, Json)
}
