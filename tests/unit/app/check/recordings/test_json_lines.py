"""One JSON event a line: bare, with its name, with its time after the question or by the clock."""

import json

import pytest

from tests.unit.app.check.recordings.files import (
    CONTRACT,
    DUE,
    WIRE,
    WORDS,
    json_lines,
    kinds,
    timed_lines,
)
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.check.recordings.json_lines import clock_ns, is_envelope, read_json_lines
from tokentape.check.recordings.recording import observation_of
from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed
from tokentape.contract.verdict import Expectation, judge
from tokentape.event_stream import BOM


def seen(*blocks: bytes) -> Observation:
    return observation_of(read_json_lines(blocks, "it.jsonl"), CONTRACT, 1)


def test_bare_events_have_no_times() -> None:
    one = seen(BOM + json_lines().replace(b"\n", b"\r\n"))
    assert (kinds(one.timeline), one.times, one.noticed) == (DUE, "unknown", ())
    assert list(one.lines) == list(range(1, len(WIRE) + 1))
    assert len({event.read for event in one.timeline}) == len(WIRE)


def test_times_after_the_question_are_times() -> None:
    log = timed_lines(step_ms=10)
    one = seen(*(log[at : at + 7] for at in range(0, len(log), 7)))
    assert (kinds(one.timeline), one.times, one.started_ns) == (DUE, "known", 0)
    assert [event.at_ns for event in one.timeline] == [
        number * 10_000_000 for number in range(1, len(WIRE) + 1)
    ]


def test_by_the_clock_nobody_knows_when_the_question_came() -> None:
    lines = [json.dumps({"ts": 1_796_032_800 + n, "data": p}) for n, (_, p) in enumerate(WIRE)]
    one = seen("\n".join(lines).encode())
    assert (one.times, one.started_ns) == ("gaps", one.timeline[0].at_ns)


def test_one_line_without_a_time_makes_all_unknown() -> None:
    log = timed_lines() + json_lines([("", "[DONE]")])
    assert seen(log).times == "unknown"


def test_times_that_go_back_are_named_with_their_line() -> None:
    lines = timed_lines().splitlines(keepends=True)
    with pytest.raises(CouldNotRun, match=r"^it\.jsonl:2: its time is before"):
        seen(b"".join([lines[1], lines[0]]))


def test_last_line_that_is_cut_is_no_event() -> None:
    log = json_lines(WIRE[:4])
    one = seen(log[:-9])
    assert kinds(one.timeline) == DUE[:3]
    (noticed,) = one.noticed
    assert (noticed.kind, noticed.about) == ("missing_end", "unfinished")
    verdict = judge(CONTRACT, one.timeline, 0, Expectation(text="".join(WORDS)), one.noticed)
    assert (verdict.right, verdict.outcome) == (False, None)


def test_line_that_is_no_json_is_a_broken_frame() -> None:
    lines = json_lines().splitlines(keepends=True)
    one = seen(b"".join([*lines[:2], b"{'id': 1}\n", *lines[2:]]))
    payload = one.timeline[2].payload
    assert isinstance(payload, Malformed)
    assert "Python" in payload.problem


@pytest.mark.parametrize(
    ("line", "envelope"),
    [
        ({"event": "a", "data": {}}, True),
        ({"at_ms": 1, "payload": {}}, True),
        ({"offset_ms": 1, "kind": None, "event": "", "seq": 0, "read": 0, "payload": 1}, True),
        ({"at_us": 1, "raw": "{", "problem": "no"}, True),
        ({"type": "data-weather", "data": {}}, False),
        ({"type": "connected", "data": {}, "timestamp": "2026-11-30T10:00:00Z"}, False),
        ({"data": {}}, False),
        ({"event": "a"}, False),
        (["event"], False),
    ],
)  # fmt: skip
def test_envelope_is_told_from_an_event_that_looks_alike(line: Json, envelope: bool) -> None:
    assert is_envelope(line) is envelope


@pytest.mark.parametrize(
    ("value", "ns"),
    [
        (1_796_032_800, 1_796_032_800 * 10**9),
        (1_796_032_800_250, 1_796_032_800_250 * 10**6),
        ("2026-11-30T10:00:00Z", 1_796_032_800 * 10**9),
        ("2026-11-30T11:00:00+01:00", 1_796_032_800 * 10**9),
        ("yesterday", None),
        (True, None),
        (None, None),
        (-1, None),
    ],
)
def test_clocks_are_read(value: Json, ns: int | None) -> None:
    assert clock_ns(value) == ns
