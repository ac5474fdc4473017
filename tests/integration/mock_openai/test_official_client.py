"""What the official Python client does with each fault: measured, and held to what the docs say."""

from typing import Any

import httpx2
import openai
import pytest
from openai import OpenAI

from mock_openai.faults import FAULTS
from mock_openai.faults.official import OFFICIAL, OPENAI_VERSION
from tests.integration.mock_openai.conftest import Served, chat

ASK = "official [[mock: scenario=unicode tokens=12 first=5ms gap=15ms]]"
# As the docs name them, with times that a test can wait for.
PLANTED = {
    "stall": "stall@5:300ms", "stall:forever": "stall@5:forever", "join": "join@3:4",
    "slow-headers": "slow-headers:300ms", "endless-headers": "endless-headers:3s",
}  # fmt: skip
TIMEOUT_S = 1.0


def met(served: Served, fault: str) -> str:
    """What the client does, in the words of the docs."""
    due: str = httpx2.post(f"{served.root}/__mock__/plan", json=chat(ASK, stream=True)).json()[
        "text"
    ]
    text = ""
    with OpenAI(base_url=served.url, api_key="any", max_retries=0, timeout=TIMEOUT_S) as client:
        try:
            stream = client.chat.completions.create(
                model="gpt-4o",
                messages=[{"role": "user", "content": f"{ASK} [[mock: fault={fault}]]"}],
                stream=True,
            )
            for chunk in stream:
                choices: Any = chunk.choices  # typed as a list, and not checked to be one
                if choices is None:
                    return "gives a chunk whose `choices` is None, raises nothing"
                for choice in choices:
                    text += choice.delta.content or ""
        except Exception as error:  # noqa: BLE001 - whatever it raises is what we want to know
            module = type(error).__module__.partition(".")[0]
            return f"raises `{module}.{type(error).__name__}`"
    if text == due:
        return "gives the whole text, raises nothing"
    if due.startswith(text):
        return "gives a text cut short, raises nothing"
    return "gives a wrong text, raises nothing"


def test_every_fault_is_told() -> None:
    assert [*dict.fromkeys(name.partition(":")[0] for name in OFFICIAL)] == list(FAULTS)


@pytest.mark.parametrize("name", OFFICIAL)
def test_the_official_client_does_what_the_docs_say(served: Served, name: str) -> None:
    default = FAULTS[name.partition(":")[0]].default.kind
    fault = PLANTED.get(name, f"{name}@5" if default == "random" else name)
    assert met(served, fault) == OFFICIAL[name].openai


def test_the_version_that_was_measured_is_named() -> None:
    assert openai.__version__.startswith(f"{OPENAI_VERSION}."), "measure anew"
