"""What is filled in on the page is the check that the command would run; mistakes name fields."""

from pathlib import Path

import pytest

from tokentape.check.config import CheckConfig
from tokentape.check.contract_file import dump_contract
from tokentape.contract.contract import Json
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.check import form
from tokentape.ui.check.form import choices
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput

MOCK = Mock("http://mock", "the mock's")
PLAIN: dict[str, Json] = {"url": "http://127.0.0.1:9", "dialect": "ai-chat", "transport": "sse"}


def config_in(given: dict[str, Json], mock: Mock | None) -> CheckConfig:
    """Where any server may be asked."""
    return form.config_in(given, mock, ["*"])


def test_what_the_page_may_not_ask_is_named_by_its_field() -> None:
    for targets, words in (([], "which is none"), (["10.0.0.0/8"], "which is 10.0.0.0/8")):
        with pytest.raises(
            UnfitInput, match=rf"^Address: this page may not .* 127\.0\.0\.1.*{words}"
        ):
            form.config_in(PLAIN, None, targets)
    assert form.config_in(PLAIN, None, ["loopback"]).url == PLAIN["url"]


def test_no_path_of_a_contract_file_leads_to_another_server() -> None:
    text = dump_contract(CONTRACTS["ai-chat/sse"]).replace("path: /", "path: '@evil.example/", 1)
    text = text.replace("'@evil.example/api/v2/ai/chat/stream", "'@evil.example/x'  # ", 1)
    with pytest.raises(UnfitInput, match="begins with /"):
        config_in({**PLAIN, "dialect": "file", "file_name": "own.yaml", "file_text": text}, None)


def test_a_form_that_is_left_as_it_is_asks_for_one_answer() -> None:
    config = config_in(PLAIN, MOCK)
    assert (config.contract.key, config.turns, config.viewers) == ("ai-chat/sse", 1, 1)
    assert (config.token, config.expect) == (None, None)
    assert (config.mock_url, config.mock_token) == (None, None), "whoever is not asked is not shown"


def test_every_field_is_heard() -> None:
    config = config_in(
        {
            **PLAIN,
            "token": " sk-x ",
            "turns": 7,
            "viewers": 2,
            "users": 3,
            "cuts": 1,
            "cut_at": "3, 12",
            "stop": True,
            "expect": " as it is ",
            "max_ttft_ms": 500,
            "max_gap_ms": 80.5,
            "model": "m",
            "message": "Hi",
            "silence_s": 2,
            "longest_s": 9,
            "seed": -4,
            "mock": True,
        },
        MOCK,
    )
    assert (config.token, config.turns, config.cuts) == ("sk-x", 7, 1)
    assert (config.viewers, config.users) == (2, 3)
    assert (config.cut_at, config.stop, config.expect) == ((3, 12), True, " as it is ")
    assert (config.max_ttft_ms, config.max_gap_ms) == (500, 80.5)
    assert (config.model, config.message, config.seed) == ("m", "Hi", -4)
    assert (config.silence_s, config.longest_s) == (2, 9)
    assert (config.mock_url, config.mock_token) == ("http://mock", "the mock's")


def test_an_expected_text_is_never_the_name_of_a_file(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("not for the page")
    assert config_in({**PLAIN, "expect": f"@{secret}"}, None).expect == f"@{secret}"


def test_the_servers_own_key_goes_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-the-server")
    assert config_in({**PLAIN, "dialect": "openai"}, None).token == "sk-none"


def test_a_contract_file_is_read_and_its_mistakes_have_lines() -> None:
    text = dump_contract(CONTRACTS["ai-gateway/socketio"])
    given = {**PLAIN, "dialect": "file", "file_name": "mine.yaml", "file_text": text}
    assert config_in(given, None).contract == CONTRACTS["ai-gateway/socketio"]
    with pytest.raises(UnfitInput, match=r"mine\.yaml:\d+: .*transport"):
        config_in({**given, "file_text": text.replace("transport:", "transpork:")}, None)
    with pytest.raises(UnfitInput, match="choose one"):
        config_in({**given, "file_text": ""}, None)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"url": "localhost:8000"}, "write it as http://"),
        ({"url": "http://[::1"}, "write it as http://"),
        ({"url": "http://127.0.0.1:99999"}, "write it as http://"),
        ({"message": "half \ud800"}, "Question: half of a character"),
        ({"url": "file:///etc/passwd"}, "write it as http://"),
        ({"url": 7}, "Address: a text"),
        ({"dialect": "ai-chatt"}, "Did you mean 'ai-chat'"),
        ({"transport": "websocket"}, "spoken over"),
        ({"turns": 0}, "Answers: a whole number from 1"),
        ({"turns": 10_000}, "to 1,000"),
        ({"turns": True}, "Answers: a whole number"),
        ({"cut_at": "soon"}, "Cut after events soon"),
        ({"cut_at": "9" * 5_000}, "Cut after events"),
        ({"max_gap_ms": -1}, "Longest gap: a number"),
        ({"silence_s": float("nan")}, "Longest silence: a number"),
        ({"expect": "x" * 300_000}, "Text that has to come: 300,000 characters"),
    ],
)
def test_a_mistake_is_named_by_its_field(wrong: dict[str, Json], words: str) -> None:
    with pytest.raises(UnfitInput, match=words):
        config_in({**PLAIN, **wrong}, None)


def test_each_dialect_can_be_chosen_with_its_transports() -> None:
    offered = {one["dialect"]: one["transports"] for one in choices()}
    assert "openai" in offered
    for contract in CONTRACTS.values():
        assert contract.transport in offered[contract.dialect]


def test_headers_and_query_are_one_a_line() -> None:
    filled = {
        "url": "http://x/v1",
        "dialect": "openai",
        "headers": " api-key: secret-key \n\nX-Tenant: a:b\n",
        "query": "api-version=2024-10-21\nkey=secret-value",
    }
    config = config_in(filled, None)
    assert config.headers == {"api-key": "secret-key", "X-Tenant": "a:b"}
    assert config.query == (("api-version", "2024-10-21"), ("key", "secret-value"))
    assert config.address == "http://x/v1?api-version=2024-10-21&key=***"
    assert config.token is None
    assert not [one for one in ("secret-key", "secret-value") if one in repr(config)]


@pytest.mark.parametrize(
    ("filled", "answer"),
    [
        ({"headers": "secret"}, "Headers: write it as 'Name: value'."),
        ({"query": "secret"}, "Query: write it as name=value."),
        ({"headers": "Authorization: x", "token": "t"}, "Token and Headers Authorization are sent"),
    ],
)
def test_a_header_that_is_none_is_answered_by_its_field(
    filled: dict[str, str], answer: str
) -> None:
    with pytest.raises(UnfitInput) as found:
        config_in({"url": "http://x", "dialect": "openai", **filled}, None)
    assert answer in str(found.value)
    assert "secret" not in str(found.value)
