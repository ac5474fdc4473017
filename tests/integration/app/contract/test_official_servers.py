"""What official servers write is right: the AI SDK's own, of a model of made-up parts."""

import json
import subprocess

import pytest

from tests.integration.app.contract.clients import FOLDER, require_node
from tests.integration.app.contract.streams import judged_bytes
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI

CASES = 18


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
