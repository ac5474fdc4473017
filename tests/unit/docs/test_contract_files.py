"""What the page on contract files shows is what the check reads."""

from typing import Any

import pytest
import yaml

from tests.unit.docs.pages import ROOT, blocks
from tokentape.check.contract_file import parse_contract

PAGE = ROOT / "docs" / "contract-files.md"
SHOWN = [block.text for block in blocks(PAGE) if block.language == "yaml"]
KINDS = [
    {"name": "piece", "event": "piece", "text": "piece"},
    {"name": "error", "has": ["error"], "end": "failed"},
    {"name": "finish", "where": {"type": "finish"}, "end": "completed"},
    {"name": "[DONE]", "where": {"": "[DONE]"}},
]
EXITS = {"piece": "opened", "error": "closed", "finish": "finished"}
ORDER = {"opened": EXITS, "finished": {"[DONE]": "closed"}, "closed": None}


@pytest.mark.parametrize("number", range(len(SHOWN)))
def test_each_example_is_a_part_of_a_contract(number: int) -> None:
    shown: dict[str, Any] = yaml.safe_load(SHOWN[number])
    whole = {
        "dialect": "theirs",
        "transport": "sse",
        "start": {"method": "POST", "path": "/"},
        "kinds": KINDS,
        "order": ORDER,
        "run": None,
        "seq": None,
        **shown,
    }
    parse_contract(yaml.safe_dump(whole), "contract-files.md")


@pytest.mark.parametrize("name", ["chainlit.yaml", "my-dialect.yaml"])
def test_each_whole_example_is_read(name: str) -> None:
    contract = parse_contract((ROOT / "docs" / "examples" / name).read_text(), name)
    assert f"{contract.dialect}.yaml" == name


def test_there_are_examples() -> None:
    assert len(SHOWN) == 5
