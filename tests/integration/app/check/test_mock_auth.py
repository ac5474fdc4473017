"""A mock that wants its admin token is shown it, by a check and by a load run; nobody else is."""

from collections.abc import Iterator, Mapping

import pytest

from tests.integration.app.check.faulty import Faulty, faulty, framed
from tests.integration.mock_openai.conftest import Served, serving
from tests.unit.app.check.speakers import SPEAKERS, numbered, some_words
from tokentape.check import mock_journal
from tokentape.check.command import config_of
from tokentape.check.mock_auth import token_for
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.report_json import to_json
from tokentape.check.runner import check
from tokentape.contract.openai import CHAT
from tokentape_load.cli import main
from tokentape_load.judging.mock_journal import Journal

TOKEN = "the-mocks-own-token"


@pytest.fixture(scope="module")
def shut() -> Iterator[Served]:
    """A mock that wants its token."""
    with serving("--admin-token", TOKEN) as mock:
        yield mock


async def checked(mock: Served, token: str | None) -> Report:
    message = "How? [[mock: tokens=8 first=5ms gap=1ms]]"
    return await check(
        read_config(
            url=mock.url,
            contract=CHAT,
            message=message,
            mock_url=mock.root,
            mock_token=token,
            order_only=True,
        )
    )


async def test_a_check_that_has_the_token_has_the_mocks_evidence(shut: Served) -> None:
    report = await checked(shut, TOKEN)
    assert (report.exit_code, report.stopped_short) == (0, None)
    assert report.results[0].due
    assert TOKEN not in repr(report)
    assert TOKEN not in str(to_json(report))


@pytest.mark.parametrize(
    ("token", "words"),
    [(None, "wants an admin token: give it as --mock-token"), ("other", "does not take the admin")],
)
async def test_a_check_without_it_has_no_verdict_and_says_why(
    shut: Served, token: str | None, words: str
) -> None:
    report = await checked(shut, token)
    assert report.exit_code == 2
    assert words in (report.stopped_short or "")


async def test_a_server_that_is_checked_is_never_shown_the_mocks_token(
    shut: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mock_journal, "_SETTLE_S", 0.0)
    contract, speak = SPEAKERS["ai-chat/sse"]
    words = some_words("stranger", 4)
    stranger = Faulty(contract, framed(numbered(contract, speak(words, "completed"))), words)
    async with faulty(stranger) as server:
        config = read_config(
            url=server.url,
            contract=contract,
            mock_url=shut.root,
            mock_token=TOKEN,
            token="sk-users",
        )
        report = await check(config)
    assert "was not asked for this answer" in (report.stopped_short or "")
    assert "sk-users" in "".join(stranger.heads)
    assert TOKEN not in "".join(stranger.heads)


@pytest.mark.parametrize(
    ("environment", "shown"),
    [
        ({}, None),
        ({"MOCK_ADMIN_TOKEN": TOKEN}, TOKEN),
        ({"MOCK_ADMIN_TOKEN": TOKEN, "MOCK_URL": "http://mock/v1/"}, TOKEN),
        ({"MOCK_ADMIN_TOKEN": TOKEN, "MOCK_URL": "http://another"}, None),
        ({"MOCK_ADMIN_TOKEN": "", "MOCK_URL": "http://mock"}, None),
    ],
)
def test_the_environments_token_is_for_the_environments_mock(
    environment: Mapping[str, str], shown: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert token_for("http://mock", environment) == shown
    for name in ("MOCK_URL", "MOCK_ADMIN_TOKEN"):
        monkeypatch.setenv(name, environment.get(name, ""))
    config = config_of(url="http://x", dialect="ai-chat", mock_url="http://mock")
    assert config.mock_token == shown


def test_a_load_run_has_its_evidence_or_says_at_once_what_is_missing(
    shut: Served, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shut.post({"model": "m", "messages": [{"role": "user", "content": "[load-7]"}]})
    monkeypatch.setenv("MOCK_ADMIN_TOKEN", TOKEN)
    monkeypatch.setenv("MOCK_URL", "http://another")
    evidence = Journal(shut.root, TOKEN)
    told = evidence.report_on("load-7")
    assert told is not None
    assert told.script.text
    assert main(["--host", shut.root, "--mock", shut.root, "--dialects", "openai"]) == 2
    assert "set MOCK_ADMIN_TOKEN" in capsys.readouterr().err
    evidence.close()
