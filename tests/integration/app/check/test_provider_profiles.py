"""The mock speaks like other servers. What it then says (text, thoughts, tool calls) is right by
the profile of that name, and what is wrong without it is made right by what the report names."""

from dataclasses import replace

import pytest

from mock_openai.profiles import PROFILES as SPOKEN
from tests.integration.mock_openai.conftest import Served, served
from tokentape.check.acceptance import accepted
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.contract.contract import Contract, RequestTemplate
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_profiles import PROFILES

__all__ = ["served"]

_SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
WEATHER = {"type": "function", "function": {"name": "get_weather", "parameters": _SCHEMA}}
FAST = "first=5ms gap=1ms"
SCENARIOS = ("hello", "reasoning", "tool-call")
STRICT_WRONG = {
    ("openrouter", "hello"), ("openrouter", "reasoning"), ("openrouter", "tool-call"),
    ("mistral", "reasoning"), ("gemini", "tool-call"),
}  # fmt: skip
"""What is wrong by OpenAI's own contract."""


def asking(contract: Contract, **more: object) -> Contract:
    """The contract, with a tool and more in each request."""
    start = contract.start
    assert isinstance(start, RequestTemplate)
    body = {**start.body, "tools": [WEATHER], "stream_options": {"include_usage": True}, **more}
    return replace(contract, start=replace(start, body=body))


async def report_of(served: Served, contract: Contract, profile: str, scenario: str) -> Report:
    message = f"How? [[mock: scenario={scenario} profile={profile} {FAST}]]"
    config = read_config(
        url=served.url, mock_url=served.root, contract=contract, message=message, order_only=True
    )
    return await check(config)


def test_what_the_mock_speaks_has_a_profile_here() -> None:
    assert set(SPOKEN) <= set(PROFILES)


@pytest.mark.parametrize("profile", SPOKEN)
async def test_what_a_server_says_is_right_by_its_profile(
    served: Served, profile: str, subtests: pytest.Subtests
) -> None:
    for scenario in SCENARIOS:
        with subtests.test(scenario):
            contract = asking(accepted(CHAT, (), profile))
            report = await report_of(served, contract, profile, scenario)
            found = [one.verdict.violations for one in report.results]
            assert (report.verdict, found) == ("right", [()])
            if (profile, scenario) in STRICT_WRONG:
                strict = await report_of(served, asking(CHAT), profile, scenario)
                assert strict.verdict == "wrong"
                (wrong,) = strict.results
                assert wrong.would_accept
                assert set(wrong.would_accept) <= set(PROFILES[profile].habits)
