"""`tokentape check --from`: exit codes, reports, what is unknown, and what is refused."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from tests.unit.app.check.recordings.files import (
    CONTRACT,
    WIRE,
    WORDS,
    entry,
    har,
    json_lines,
    messages,
    sse,
    timed_lines,
)
from tests.unit.app.check.speakers import SPEAKERS, numbered
from tests.unit.docs.published import misfits
from tokentape.check.command import run
from tokentape.check.observation import Observation
from tokentape.check.recordings.formats import recognise
from tokentape.check.tape_file import written
from tokentape.contract.timeline import as_json, see

TEXT = "".join(WORDS)
Say = Callable[..., tuple[int, str]]


@pytest.fixture
def say(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Say:
    """Judges a file's content: the exit code, and all that was printed, in one line."""

    def judged(content: bytes, *, name: str = "it", **options: Any) -> tuple[int, str]:
        file = tmp_path / name
        file.write_bytes(content)
        code = run(from_file=str(file), **{"dialect": "openai", **options})
        out, err = capsys.readouterr()
        return code, " ".join((out + err).split())

    return judged


FORMS = {
    "sse": sse(),
    "jsonl": json_lines(),
    "har": har(entry(sse())),
}


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_recognised_and_judged(say: Say, form: str) -> None:
    assert recognise(FORMS[form]) == form
    for named in (None, form):
        code, told = say(FORMS[form], expect=TEXT, file_format=named)
        assert (code, "right: 1 answer kept the contract" in told) == (0, True), told
        assert "times unknown: whether text came late or in lumps is not judged" in told
    code, told = say(FORMS[form], expect=f"{TEXT}!")
    assert (code, "✗ text_lost" in told) == (1, True), told


def test_without_times_no_limit_is_held_and_none_is_broken(say: Say) -> None:
    for limit, kind in (("max_ttft_ms", "first_token_late"), ("max_gap_ms", "stalled")):
        code, told = say(sse(), **{limit: 1e6})
        assert code == 3
        assert f"? {kind}" in told
        assert "unknown: the recording has no times" in told
        assert "undecided: 1 of 1 answer may have broken the contract" in told


def test_times_that_are_there_are_judged(say: Say) -> None:
    assert say(timed_lines(step_ms=10), max_ttft_ms=100, max_gap_ms=15)[0] == 0
    code, told = say(timed_lines(step_ms=10), max_gap_ms=5)
    assert (code, "✗ stalled" in told, "times unknown" in told) == (1, True, False)
    timed = har(entry(sse(), _eventSourceMessages=messages()))
    assert say(timed, max_ttft_ms=1_000, max_gap_ms=60)[0] == 0
    assert say(timed, max_gap_ms=40)[0] == 1
    clock = b"".join(
        json.dumps({"ts": 1_796_032_800 + number / 100, "data": payload}).encode() + b"\n"
        for number, (_, payload) in enumerate(WIRE)
    )
    assert say(clock, max_gap_ms=15)[0] == 0
    code, told = say(clock, max_ttft_ms=1e6)
    assert (code, "unknown: the recording lacks the question's time" in told) == (3, True)


def test_reports_are_those_of_every_check(say: Say, tmp_path: Path) -> None:
    report, junit = tmp_path / "r.json", tmp_path / "r.xml"
    wrong = sse([*WIRE[:3], *WIRE[4:]])
    say(wrong, expect=TEXT, json_file=report, junit_file=junit)
    told = json.loads(report.read_text())
    assert misfits("check-report.json", told) == []
    (answer,) = told["findings"]
    assert (answer["times"], answer["first_token_ms"], answer["gap_ms"]) == ("unknown", None, None)
    (violation,) = answer["violations"]
    assert (violation["kind"], violation["offset_ms"]) == ("text_lost", None)
    assert {event["offset_ms"] for event in answer["timeline"]} == {None}
    tree = ElementTree.fromstring(junit.read_text())  # noqa: S314 # made here
    assert (tree.attrib["failures"], tree[0][0].attrib["name"]) == ("1", "answer 1")


def test_several_streams_of_a_har_are_each_judged(say: Say, tmp_path: Path) -> None:
    two = har(entry(sse()), entry(sse([*WIRE[:3], *WIRE[4:]]), url="https://api.example/wrong"))
    code, told = say(two, expect=TEXT)
    assert (code, "wrong: 1 of 2 answers broke the contract" in told) == (1, True)
    assert "Answer 2 (post https://api.example/wrong)" in told
    assert say(two, expect=TEXT, entry="completions")[0] == 0


def test_part_of_an_answer_is_no_verdict_and_hides_none(say: Say) -> None:
    code, told = say(har(entry(), entry(sse())))
    assert code == 2
    assert "Could not run: POST https://api.example/v1/chat/completions?…: the HAR has no" in told
    wrong = entry(sse(WIRE[:3]))
    assert say(har(entry(), wrong))[0] == 1


def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(sse(end="\r\n"))))
    assert run(from_file="-", dialect="openai") == 0
    assert "openai/sse at standard input" in capsys.readouterr().out


def test_tape_is_known_and_may_be_judged_by_another_contract(say: Say) -> None:
    timeline = tuple(see(CONTRACT, event, payload, at_ns=1_000) for event, payload in WIRE)
    taped = Observation(turn=1, viewer=1, contract=CONTRACT, timeline=timeline, started_ns=0)
    tape = "".join(written(taped, "http://x", "hi")).encode()
    assert recognise(tape) == "tape"
    code, told = say(tape, name="t.jsonl", dialect=None, expect=TEXT)
    assert (code, "(of http://x)" in told) == (0, True), told
    assert say(tape, name="t.jsonl", dialect="anthropic")[0] == 1


def test_timeline_that_was_saved_on_the_page_knows_its_contract(say: Say) -> None:
    contract, speak = SPEAKERS["ai-chat/sse"]
    wire = numbered(contract, speak(WORDS, "completed"))
    events = [
        see(contract, event, payload, at_ns=number * 10**7)
        for number, (event, payload) in enumerate(wire, 1)
    ]
    head = {"tokentape": "timeline", "version": 1, "contract": contract.key}
    lines = [head, *(as_json(event, 0) for event in events)]
    saved = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    assert say(saved, dialect=None, expect=TEXT, max_gap_ms=11)[0] == 0
    code, told = say(saved, dialect=None, expect=TEXT, max_gap_ms=9)
    assert (code, "✗ stalled" in told) == (1, True)
    unknown = saved.replace(b'"ai-chat/sse"', b'"gone/sse"')
    assert "it:1: there is no contract 'gone/sse'" in say(unknown, dialect=None)[1]


def test_what_it_looks_like_is_said_where_nobody_said_what_it_is(say: Say) -> None:
    code, told = say(sse(), dialect=None)
    assert code == 2
    assert "looks like OpenAI's chat completions: say so by --dialect openai." in told
    started = sse([("", {"type": "RUN_STARTED", "threadId": "t", "runId": "r"})])
    assert "--dialect ag-ui" in say(started, dialect=None)[1]
    code, told = say(started, dialect="openai")
    assert (code, "what came is AG-UI: --dialect ag-ui" in told) == (1, True)
    assert "Say what" in say(sse([("", {"mine": 1})]), dialect=None)[1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"url": "http://x"}, "Give an address, or --from FILE"),
        ({"headers": ("a: b",), "turns": 2}, "leave --header and --turns out"),
        ({"stop": True}, "leave --stop out"),
        ({"token": "t"}, "leave --token out"),
        ({"file_format": "pcap"}, "--format 'pcap': it is none of sse, jsonl, har, tape"),
        ({"entry": "x"}, "is no HAR, and has one answer: leave --entry out"),
        ({"from_file": "nowhere"}, "nowhere can't be read: No such file"),
    ],
)
def test_what_can_not_be_done_with_a_recording_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: dict[str, Any], told: str
) -> None:
    file = tmp_path / "it.txt"
    file.write_bytes(sse())
    given = {"from_file": str(file), "dialect": "openai", **options}
    assert run(**given) == 2
    assert told in " ".join(capsys.readouterr().err.split())


def test_what_belongs_to_a_recording_wants_one(capsys: pytest.CaptureFixture[str]) -> None:
    for options in ({"entry": "x"}, {"file_format": "har"}):
        assert run(url="http://127.0.0.1:1", dialect="openai", **options) == 2
        assert "is of a recording: --from FILE" in " ".join(capsys.readouterr().err.split())
    assert run(dialect="openai") == 2
    assert "--from FILE" in capsys.readouterr().err


def test_empty_file_and_file_without_text_are_no_verdict(say: Say) -> None:
    assert say(b"\n") == (2, say(b"\n")[1])
    assert "is empty" in say(b" \n")[1]
    silent = sse([WIRE[0], WIRE[-2], WIRE[-1]])
    code, told = say(silent)
    assert (code, "No answer has any text" in told) == (2, True)


def test_secrets_of_a_har_are_in_no_report(say: Say, tmp_path: Path) -> None:
    spoken = [*WIRE[:2], ("", {"error": {"message": "bad key sk-har-secret"}})]
    report = tmp_path / "r.json"
    _, told = say(har(entry(sse(spoken))), json_file=report)
    assert "sk-har-secret" not in told + report.read_text()
    assert "secret-1" not in told + report.read_text()


def calls_of(content: bytes, file: Path) -> int:
    """How many functions are called to judge a file: what it costs, on any machine."""
    file.write_bytes(content)
    count = 0

    def counting(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        assert run(from_file=str(file), dialect="openai") == 0
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("form", ["sse", "jsonl", "har"])
def test_cost_grows_with_the_events_alone(form: str, tmp_path: Path) -> None:
    """What judges 10,000 events costs ten times what 1,000 cost, whatever file they stand in."""

    def many(count: int) -> bytes:
        wire = [*WIRE[:2], *[WIRE[2]] * count, *WIRE[-2:]]
        if form == "jsonl":
            return json_lines(wire)
        return har(entry(sse(wire))) if form == "har" else sse(wire, "\r\n", "ping")

    few, more, most = (calls_of(many(count), tmp_path / "f") for count in (200, 400, 600))
    assert most - more <= (more - few) * 1.02, "each event costs the same"
    # About 400 calls take half a second for 10,000 events; see `make bench`, row recordings.
    assert (more - few) / 200 < 700, "calls an event"
