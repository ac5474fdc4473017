"""What the command line makes of its options, before anything is started."""

from pathlib import Path

import pytest

from loadtests.cli import LOADABLE, chosen, locust_command, main, parser
from loadtests.stack import Stack


def keys(dialects: str) -> list[str]:
    return [contract.key for contract in chosen(dialects)]


def test_contracts_are_chosen_by_dialect_or_by_key() -> None:
    assert keys("ai-gateway") == ["ai-gateway/socketio"]
    assert keys("ai-chat/sse, ai-gateway") == ["ai-chat/sse", "ai-gateway/socketio"]
    assert keys("ai-chat") == ["ai-chat/sse", "ai-chat/socketio"]


def test_by_default_everything_is_spoken_that_our_app_serves() -> None:
    assert {"ai-chat/sse", "ai-chat/socketio", "ai-gateway/socketio"} <= set(keys(""))
    assert set(keys("")) <= set(LOADABLE)


def test_locust_is_told_of_users_servers_faults_and_classes() -> None:
    options = parser().parse_args(
        ["--users", "8", "--seed", "3", "--fault", "lose@2", "--fault", "cut@9", "--json", "out"]
    )
    stack = Stack("http://127.0.0.1:1", "http://127.0.0.1:2")
    command = locust_command(options, chosen("ai-chat/sse"), stack, Path("folder"))
    assert command[-1] == "AiChatSse"
    for word in (
        "--headless",
        "--host=http://127.0.0.1:1",
        "--mock=http://127.0.0.1:2",
        "--users=8",
        "--spawn-rate=4.0",
        "--seed=3",
        "--fault=lose@2",
        "--fault=cut@9",
        "--report=out",
    ):
        assert word in command
    assert not [word for word in command if word.startswith(("--processes", "--directive"))]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dialects", "morse"], "--dialects morse: there are ai-chat/sse"),
        (["--users", "1"], "--users 1: there are"),
        (["--host", "http://127.0.0.1:1", "--fault", "cut@1"], "--fault and --directive need"),
    ],
)
def test_what_can_not_be_run_is_refused_with_the_reason(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err
