"""What official servers write is right: the AI SDK's own, of a model of made-up parts, and those
whose answers were recorded (`recorded/record_*` say how)."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.integration.app.contract.clients import FOLDER, require_node
from tests.integration.app.contract.streams import judged_bytes
from tokentape.contract.contract import Contract
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI

CASES = 18
RECORDED: dict[str, tuple[Contract, int]] = {
    "pydantic-ai-ag-ui": (AG_UI, 7),
    "pydantic-ai-ai-sdk-ui": (AI_SDK_UI, 7),
    "aimock-ag-ui": (AG_UI, 18),
}
"""Contract, and how many answers the file has."""


@pytest.mark.parametrize(("package", "models"), [("ai-6", "V3"), ("ai-7", "V4")])
def test_what_the_ai_sdk_s_server_writes_is_right(package: str, models: str) -> None:
    command = [require_node(), "ai_server.mjs", package, models]
    ran = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    written = [json.loads(line) for line in ran.stdout.split("\n")[:-1]]
    verdicts = {one["title"]: judged_bytes(AI_SDK_UI, one["body"]) for one in written}
    wrong = {title: one.violations for title, one in verdicts.items() if not one.right}
    assert wrong == {}
    assert {one["title"]: verdicts[one["title"]].outcome for one in written} == {
        one["title"]: one["ends"] for one in written
    }
    assert len(written) == CASES


@pytest.mark.parametrize("name", RECORDED)
def test_what_other_servers_wrote_is_right(name: str) -> None:
    contract, count = RECORDED[name]
    text = Path(__file__).with_name("recorded").joinpath(f"{name}.jsonl").read_text()
    made, *answers = [json.loads(line) for line in text.splitlines()]
    assert "; by record_" in made["made"]
    for one in answers:
        verdict = judged_bytes(contract, one["body"], one["request"])
        assert (verdict.violations, verdict.outcome) == ((), one["ends"]), one["title"]
    assert len(answers) == count
