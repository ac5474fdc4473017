"""What the command line makes of its options, before anything is started."""

from pathlib import Path

import pytest

from tests.unit.loadtests.made_results import finished
from tokentape_load.cli import main
from tokentape_load.run.locust_process import TOKEN, locust_command
from tokentape_load.run.options import parser, read_config
from tokentape_load.run.run_config import RunConfig, dump_config, load_config
from tokentape_load.workload.targets import LOADABLE, chosen, served


def keys(dialects: str) -> list[str]:
    return [contract.key for contract in chosen(dialects)]


def asked(*arguments: str) -> RunConfig:
    return read_config(vars(parser("load").parse_args(arguments)))


def test_contracts_are_chosen_by_dialect_or_by_key() -> None:
    assert keys("ai-gateway") == ["ai-gateway/socketio"]
    assert keys("ai-chat/sse, ai-gateway") == ["ai-chat/sse", "ai-gateway/socketio"]
    assert keys("ai-chat") == ["ai-chat/sse", "ai-chat/socketio"]
    assert keys("openai") == ["openai/sse"]


def test_by_default_everything_is_spoken_that_our_app_serves() -> None:
    ours = {contract.key for contract in served()}
    assert {"ai-chat/sse", "ai-chat/socketio", "ai-gateway/socketio"} <= ours <= set(LOADABLE)
    assert set(asked().contracts) == ours


def test_who_has_no_token_asks_a_server_nothing_that_wants_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(TOKEN, raising=False)
    open_to_all = {contract.key for contract in served() if not contract.needs_token}
    theirs = "--host=http://127.0.0.1:1"
    assert set(asked(theirs).contracts) == open_to_all < {each.key for each in served()}
    assert asked(theirs, "--dialects=threads").contracts == ("threads/sse",)
    assert set(asked(theirs, "--token=a.b.c").contracts) == {each.key for each in served()}


def test_what_is_asked_survives_the_way_to_locusts_process(tmp_path: Path) -> None:
    limits = tmp_path / "limits.yaml"
    limits.write_text("all: {ttft_p99_ms: 500}")
    told = asked("--fault", "cut@9", "--rate", "3", f"--limits={limits}", "--journeys=stop=2,chat")
    assert load_config(dump_config(told)) == told
    assert told.mix == (("stop", 2), ("chat", 8))
    assert told.limits.of("ai-chat/sse")["ttft_p99_ms"] == 500


def test_locust_is_told_of_users_servers_and_classes() -> None:
    told = asked("--users", "8", "--dialects", "ai-chat/sse", "--host", "http://127.0.0.1:1/")
    command = locust_command(told)
    assert command[-1] == "AiChatSse"
    assert Path(command[command.index("-f") + 1]).is_file()
    for word in ("--headless", "--host=http://127.0.0.1:1", "--users=8", "--spawn-rate=4"):
        assert word in command
    assert not [word for word in command if word.startswith("--processes")]
    assert "--web-port=8089" in locust_command(asked("--web", "8089"))


def test_a_planted_stall_is_one_without_being_told_what_a_stall_is() -> None:
    assert asked("--fault", "stall@5:3s").max_gap_ms == 1_000
    assert asked("--fault", "stall@5:3s", "--max-gap-ms", "50").max_gap_ms == 50
    assert asked("--fault", "stall@5:500ms").max_gap_ms == 400
    assert asked("--fault", "stall@first:3s").max_ttft_ms == 1_000
    assert asked("--fault", "stall@first:3s").max_gap_ms is None
    assert asked("--dialects", "metronome", "--fault", "stall@5:2s").max_gap_ms == 1_000
    assert asked("--dialects", "metronome", "--fault", "swap@5").max_gap_ms is None
    assert asked().max_gap_ms is asked().max_ttft_ms is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dialects", "morse"], "--dialects morse: there is no such dialect or contract. There"),
        (["--dialects", "ai-chat/sce"], "contract. Did you mean 'ai-chat/sse'?"),
        (["--users", "1"], "--users 1: there are"),
        (["--host", "localhost:8000"], "--host localhost:8000: write it as http://host:port"),
        (["--mock", "http://x:99999"], "--mock http://x:99999: write it as http://host:port"),
        (["--web", "99999"], "--web 99999: a whole number from 1 to 65,535"),
        (["--users", "0"], "--users 0: a whole number from 1"),
        (["--host", "http://127.0.0.1:1", "--fault", "cut@1"], "--fault and --directive need"),
        (
            ["--journeys", "chatt"],
            "--journeys chatt: there is no such journey. Did you mean 'chat'",
        ),
        (["--tags", "chatt"], "chatt: no journey has this tag. Did you mean 'chat'?"),
        (["--journeys", "chat=0"], "--journeys chat=0: a weight is a whole number"),
        (["--run-time", "soon"], "--run-time soon: write it as 20s, 5m"),
        (["--rate", "0"], "--rate 0: a number above 0 and up to 100,000 is needed"),
        (["--directive", "tokns=5"], "--directive tokns=5: [[mock: …]]: unknown key 'tokns'"),
        (["--directive", "gap=1ms ]] ["], "--directive gap=1ms ]] [: brackets are the mock's"),
        (["--dialects", "metronome", "--directive", "seed=1"], "--directive seed=1: "),
        (["--token", "a\nb"], "--token: it has characters that no token has"),
        (["--turns", "0"], "--turns 0: a whole number from 1"),
        (["--limits", "/dev/zero"], "--limits /dev/zero: more than 1,000,000 bytes are no"),
        (["--limits", "no-such-file"], "--limits no-such-file: No such file or directory\n"),
        (["--compare", "no-such-file"], "--compare no-such-file: No such file or directory\n"),
        (["--html", "."], "--html .: it can't be written: Is a directory"),
        (["--fault", "duplicat@5"], "--fault duplicat@5: unknown fault 'duplicat'"),
        (
            ["--dialects", "metronome", "--fault", "lose@5"],
            "--fault lose@5: fault=lose@5: the metronome knows tokens",
        ),
        (["--server-pid", "999999999"], "--server-pid 999999999: there is no such process"),
        (["--capacity", "--web", "8089"], "--capacity makes many runs: leave out --web"),
        (["--capacity", "--shape", "spike"], "--capacity tries steady loads: leave out --shape"),
        (["--json", "no-such-folder/out.json"], "--json no-such-folder/out.json: there is no"),
        (["--master", "--expect-workers", "0"], "--expect-workers 0: a whole number from 1 to"),
        (["--master", "--processes", "2"], "--processes starts workers itself"),
    ],
)
def test_what_can_not_be_run_is_refused_with_the_reason(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


def test_an_earlier_run_that_is_none_is_told_by_its_field(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    earlier = tmp_path / "before.json"
    earlier.write_text('{"setup": 5}')
    with pytest.raises(SystemExit):
        main(["--compare", str(earlier)])
    assert "before.json: no results of `tokentape load --json`: setup: " in capsys.readouterr().err
    assert finished().judgement == "failed"


def test_help_teaches_journeys_shapes_limits_and_exit_codes() -> None:
    told = parser("tokentape load").format_help()
    for words in ("reconnect", "spike", "closed and open loop", "exit codes", "--capacity", "3  "):
        assert words in told
    assert max(map(len, told.splitlines())) <= 110
