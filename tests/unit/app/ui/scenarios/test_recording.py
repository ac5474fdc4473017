"""Where a key goes when a real answer is recorded: to the server that it is for, alone."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from app.settings import Settings
from app.ui.mock import Mock, MockFault
from app.ui.scenarios.recording import record, upstream_of
from app.ui.serving import Unfit
from tests.integration.mock_openai.conftest import serving

OWN = "sk-the-servers-own"
REAL = Settings(
    openai_base_url="https://real.example/v1/",
    openai_api_key=SecretStr(OWN),
    mock_url="http://127.0.0.1:9100",
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

    monkeypatch.setattr(Mock, "ask", ask)
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
    with pytest.raises(Unfit, match=words):
        await record(MOCK, REAL, {**FILLED, **wrong}, "name")
    assert sent == []


async def test_a_mock_that_is_gone_is_told() -> None:
    with pytest.raises(MockFault, match="does not answer"):
        await Mock("http://127.0.0.1:1").ask("GET", "scenarios")


@pytest.fixture(scope="module")
def real() -> Iterator[Mock]:
    with serving("--admin-token", TOKEN) as mock:
        yield Mock(mock.root, TOKEN)


async def test_a_mock_that_wants_its_token_is_shown_it_or_says_how(real: Mock) -> None:
    assert (await real.ask("GET", "scenarios"))["scenarios"]
    assert TOKEN not in repr(real)
    with pytest.raises(MockFault, match="start this server with MOCK_ADMIN_TOKEN"):
        await Mock(real.url).ask("GET", "scenarios")
    with pytest.raises(MockFault, match="does not take this server's MOCK_ADMIN_TOKEN"):
        await Mock(real.url, "another").ask("GET", "scenarios")


async def test_a_recording_tells_how_far_it_has_come(real: Mock) -> None:
    given = {**FILLED, "Base URL": f"{real.url}/v1", "Message": "Hi [[mock: gap=1ms hold=3]]"}
    with pytest.raises(MockFault, match="No recording of this 'id' is under way"):
        await real.ask("GET", "record", params={"id": "mine"})
    recording = asyncio.create_task(record(real, REAL, given, "mine"))
    async with asyncio.timeout(10):
        while await writes_so_far(real) < 3:  # noqa: ASYNC110  # a mock tells it in no other way
            await asyncio.sleep(0.01)
    with pytest.raises(MockFault, match="not in use"):
        await record(real, REAL, given, "mine")
    held = (await real.ask("GET", "streams"))["streams"][0]["id"]
    await real.ask("POST", f"streams/{held}/release")
    made = await recording
    assert made["writes"] > 3
    assert made["status"] == 200


async def writes_so_far(mock: Mock) -> int:
    try:
        return int((await mock.ask("GET", "record", params={"id": "mine"}))["writes"])
    except MockFault:
        return 0
