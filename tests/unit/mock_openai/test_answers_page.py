"""docs/answers.md: its scenarios are read, and each step that there is has its row."""

from mock_openai.scenarios.loader import read_scenarios
from mock_openai.scenarios.steps import STEPS
from tests.unit.docs.pages import ROOT, blocks

PAGE = ROOT / "docs" / "answers.md"


def test_the_scenarios_of_the_page_can_be_read() -> None:
    [block] = [one for one in blocks(PAGE) if one.language == "yaml"]
    scenarios = read_scenarios(block.text, "answers.md", "page")
    assert [one.name for one in scenarios] == ["weather-agent", "form", "not-telling"]


def test_every_step_has_a_row() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line[:3] == "| `"]
    assert {row[3:].partition(":")[0].partition("`")[0] for row in rows} == set(STEPS)
