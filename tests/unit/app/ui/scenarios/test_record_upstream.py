"""Where a key goes when a real answer is recorded: to the server that it is for, alone."""

from typing import Any

import pytest
from pydantic import SecretStr

from tokentape.settings import Settings
from tokentape.ui.mock_admin import Mock, MockFault
from tokentape.ui.scenarios.record_upstream import record, upstream_of
from tokentape.ui.server_functions import UnfitInput

OWN = "sk-the-servers-own"
REAL = Settings(
    openai_base_url="https://real.example/v1/",
    openai_api_key=SecretStr(OWN),
    mock_url="http://127.0.0.1:9100",
    ui_targets="*",
)
TOKEN = "the-mocks-own"
MOCK = Mock("http://127.0.0.1:9100")
FILLED = {"Base URL": "https://real.example/v1", "Key": "", "Model": "m", "Message": "Hi"}


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What the mock is asked, in its place."""
    asked: list[dict[str, Any]] = []

    async def ask(_mock: Mock, method: str, path: str, **given: Any) -> dict[str, str]:
        asked.append({"method": method, "path": path, **given})
        if given["json"]["upstream"].endswith("broken/v1"):
            raise MockFault(f"The upstream said: no such key {given['headers']['X-Upstream-Key']}")
        return {"name": "recorded"}

    monkeypatch.setattr(Mock, "request", ask)
    return asked


def test_a_mock_is_no_real_upstream() -> None:
    mocked = Settings(openai_base_url="http://127.0.0.1:9100/v1", mock_url="http://127.0.0.1:9100")
    assert upstream_of(mocked) is None
    assert upstream_of(Settings(mock_url="http://127.0.0.1:9100")) is None
    beside = Settings(openai_base_url="http://127.0.0.1:91001/v1", mock_url="http://127.0.0.1:9100")
    assert upstream_of(beside) == "http://127.0.0.1:91001/v1", "another that begins like it"
    assert upstream_of(REAL) == "https://real.example/v1"


async def test_the_servers_own_key_goes_to_its_own_upstream_alone(
    sent: list[dict[str, Any]],
) -> None:
    await record(MOCK, REAL, FILLED, "name")
    await record(MOCK, REAL, {**FILLED, "Base URL": "https://elsewhere.example/v1"}, "name")
    await record(
        MOCK, REAL, {**FILLED, "Base URL": "https://real.example/v1.evil.example/v1"}, "name"
    )
    await record(
        MOCK,
        REAL,
        {**FILLED, "Base URL": "https://elsewhere.example/v1", "Key": "sk-given"},
        "name",
    )
    keys = [asked["headers"].get("X-Upstream-Key") for asked in sent]
    assert keys == [OWN, None, None, "sk-given"]


async def test_a_key_that_comes_back_in_an_error_is_blanked(sent: list[dict[str, Any]]) -> None:
    broken = {**FILLED, "Base URL": "https://broken/v1", "Key": "sk-given"}
    with pytest.raises(MockFault, match=r"no such key \*\*\*"):
        await record(MOCK, REAL, broken, "name")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"Base URL": "real.example"}, "Base URL"),
        ({"Key": "ключ"}, "Key"),
        ({"Key": "a\nInjected: 1"}, "Key"),
        ({"Model": " "}, "Model"),
        ({"Message": ""}, "Message"),
    ],
)
async def test_a_field_that_is_not_right_is_named_and_nothing_is_sent(
    sent: list[dict[str, Any]], wrong: dict[str, str], words: str
) -> None:
    with pytest.raises(UnfitInput, match=words):
        await record(MOCK, REAL, {**FILLED, **wrong}, "name")
    assert sent == []
