"""`tokentape record`: an answer is kept with its times, judged again, and said again."""

import asyncio
import json
from itertools import pairwise
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.planning.planner import Planner
from mock_openai.scenarios.loader import read_scenarios
from mock_openai.settings import Settings
from tests.integration.app.serving import serving, settings_for
from tests.integration.mock_openai.conftest import Served, chat, served
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.tape_file import read
from tokentape.cli import cli
from tokentape.contract.timeline import text_of

__all__ = ["served"]

WORDS = "What is put on a tape is judged as it was heard, word for word, and anew."
PACE = "[[mock: tokens=12 first=20ms gap=5ms {}]]"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(one) for one in arguments])


def recorded(served: Served, folder: Path, more: str = "", *options: object) -> Path:
    tape = folder / "answer.jsonl"
    message = f"Record me {PACE.format(more)}"
    ran = run(
        "record", served.url, "--dialect", "openai", "--token", "sk-secret", "--message", message,
        "--out", tape, *options,
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    assert f"{tape}: " in ran.output
    return tape


def test_a_tape_has_every_event_with_its_time_and_is_judged_right(
    served: Served, tmp_path: Path
) -> None:
    tape = recorded(served, tmp_path)
    head, *events = [json.loads(line) for line in tape.read_text().splitlines()]
    assert (head["contract"], head["events"], head["url"]) == ("openai/sse", 15, served.url)
    assert [one["kind"] for one in events] == ["role", *["chunk"] * 12, "finish", "[DONE]"]
    assert all(after["at_us"] >= before["at_us"] for before, after in pairwise(events))
    assert "sk-secret" not in tape.read_text()
    text = text_of(read(tape.read_text(), "it")[0].timeline)
    ran = run("check", tape, "--expect", text)
    assert ran.exit_code == 0, ran.output
    assert run("check", tape, "--expect", f"{text}!").exit_code == 1
    late = run("check", tape, "--max-ttft-ms", "1")
    assert (late.exit_code, "first_token_late" in late.output) == (1, True)


def test_what_was_wrong_is_wrong_on_the_tape_as_well(served: Served, tmp_path: Path) -> None:
    right = text_of(read(recorded(served, tmp_path).read_text(), "it")[0].timeline)
    tape = recorded(served, tmp_path, "fault=duplicate@4")
    ran = run("check", tape, "--expect", right, "--json", tmp_path / "report.json")
    assert ran.exit_code == 1
    (found,) = json.loads((tmp_path / "report.json").read_text())["findings"][0]["violations"]
    assert (found["kind"], found["index"]) == ("text_repeated", 6)
    torn = recorded(served, tmp_path, "fault=bad-json@4")
    assert "malformed_frame at event 5" in run("check", torn).output
    plain = recorded(served, tmp_path, "fault=content-type@request")
    assert "wrong_content_type" in run("check", plain).output


@pytest.mark.parametrize("said", ["Plain words, all of them.", '{{ 7 * 7 }} {% endraw %} "é" 😀'])
def test_the_mock_says_it_again_piece_by_piece_in_time(
    served: Served, tmp_path: Path, said: str
) -> None:
    file = tmp_path / "said-again.yaml"
    tape = tmp_path / "answer.jsonl"
    ran = run(
        "record", served.url, "--dialect", "openai", "--out", tape, "--scenario", file,
        "--message", f"{said} [[mock: scenario=echo first=30ms gap=4ms]]",
    )  # fmt: skip
    assert "[[mock: scenario=said-again]]" in ran.output
    sight, _ = read(tape.read_text(), "it")
    seen = [(one.at_ns // 1_000, one.text) for one in sight.timeline if one.text]
    shelf = ScenarioFiles()
    shelf.put_first(read_scenarios(file.read_text(), str(file), "said-again"))
    prompter = Planner(shelf, Settings())
    for stream in (True, False):
        body = json.dumps(chat("[[mock: scenario=said-again]]", stream=stream)).encode()
        plan = prompter.plan(ENDPOINTS["/v1/chat/completions"], {}, body).plan
        if stream:
            dues = [frame.due_ns // 1_000 for frame in plan.frames if frame.chunk is not None]
            assert list(zip(dues, plan.chunks, strict=True)) == seen
            assert plan.frames[-1].data == b"data: [DONE]\n\n"
        assert plan.text == text_of(sight.timeline)


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (lambda lines: lines[:-1], "cut off or changed"),
        (lambda lines: ["{}"], ":1: this is no tape"),
        (lambda lines: [], ":1: this is no tape"),
        (lambda lines: [lines[0], "{", *lines[2:]], ":2: not JSON"),
        (lambda lines: [lines[0], "[]", *lines[2:]], ":2: each line is a JSON object"),
        (lambda lines: [lines[0], '{"at_us": "x"}', *lines[2:]], ":2: 'at_us'"),
        (lambda lines: [lines[0].replace('"kinds"', '"kindz"'), *lines[1:]], ":1: spelled."),
    ],
)
def test_a_broken_tape_names_its_line(
    served: Served, tmp_path: Path, damage: object, told: str
) -> None:
    lines = recorded(served, tmp_path).read_text().splitlines()
    with pytest.raises(CouldNotRun, match=r"it\.jsonl") as refusal:
        read("\n".join(damage(lines)), "it.jsonl")  # type: ignore[operator] # one of the functions above
    assert told in str(refusal.value)


def test_what_can_not_be_recorded_or_judged_is_said_before_anything_is_asked(
    tmp_path: Path,
) -> None:
    nowhere = "http://127.0.0.1:1/v1"
    tape = tmp_path / "t.jsonl"
    for arguments, told in (
        (("record", nowhere, "--dialect", "openai", "--out", tape), "Is the server running"),
        (("record", nowhere, "--out", tape), "--dialect NAME"),
        (
            ("record", nowhere, "--dialect", "openai", "--out", tmp_path / "no" / "t.jsonl"),
            "no folder",
        ),
        (
            (
                "record",
                nowhere,
                "--dialect",
                "openai",
                "--out",
                tape,
                "--scenario",
                tmp_path / "a b.yaml",
            ),
            "name it as",
        ),
        (("check", tape), "can't be read"),
        (("check", tape, "--cuts", "1"), "nothing is sent: leave --cuts out"),
    ):
        ran = run(*arguments)
        assert (ran.exit_code, told in " ".join(ran.output.split())) == (2, True), ran.output
    assert not tape.exists()


@pytest.mark.parametrize("dialect", ["ag-ui", "ai-sdk-ui"])
async def test_tape_of_our_own_server_gets_the_verdict_of_its_answer(
    dialect: str, served: Served, tmp_path: Path
) -> None:
    """The same question anew, so that the mock says the same: right, doubled, and broken off."""
    tape, report = tmp_path / "tape.jsonl", tmp_path / "report.json"
    wrong = {"": [], "fault=duplicate@4": ["text_repeated"], "fault=cut@9": ["failed"]}
    due = ""

    def found(*arguments: object) -> tuple[int, list[tuple[str, int]], str]:
        ran = run("check", *arguments, "--order-only", "--json", report)
        (finding,) = json.loads(report.read_bytes())["findings"]
        violations = [(one["kind"], one["index"]) for one in finding["violations"]]
        return ran.exit_code, violations, finding["outcome"]

    async with serving(settings_for(tmp_path, served.url, openai_api_key="x")) as app:
        for fault, expected in wrong.items():
            message = f"{WORDS} [[mock: scenario=echo first=5ms gap=2ms {fault}]]"
            asked = (app.url, "--dialect", dialect, "--message", message)
            ran = await asyncio.to_thread(run, "record", *asked, "--out", tape)
            assert ran.exit_code == 0, ran.output
            if not fault:
                due = text_of(read(tape.read_text(), "it")[0].timeline)
            over_http = await asyncio.to_thread(found, *asked, "--mock", served.root)
            assert [kind for kind, _ in over_http[1]] == expected
            assert over_http[0] == (1 if expected else 0)
            for place in (("--from", tape), (tape,)):
                assert found(*place, "--expect", due) == over_http
