"""The scenarios in the mock's page are scenarios."""

import pytest

from mock_openai.scenarios.loader import read_scenarios
from tests.unit.docs.pages import ROOT, Block, blocks

SHOWN = [block for block in blocks(ROOT / "docs" / "mock.md") if block.language == "yaml"]


@pytest.mark.parametrize("block", SHOWN, ids=str)
def test_a_scenario_that_the_page_shows_is_one(block: Block) -> None:
    assert read_scenarios(block.text, str(block), "shown")
