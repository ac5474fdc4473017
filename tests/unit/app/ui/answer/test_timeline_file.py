"""Recording: every event can be had again, in little memory, and a file is read with suspicion."""

import re
import sys

import orjson
import pytest

from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed, Seen, see
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.question import Question
from tokentape.ui.answer.timeline_file import (
    EVENTS_MAX,
    BadTimelineFile,
    TimelineFile,
    header,
    read,
)
from tokentape.ui.chat.page_callbacks import rows_of

ASKED = Question(message="hello", contract="ai-chat/sse")
SSE = CONTRACTS[ASKED.contract]
MS = 1_000_000


def chunk(number: int) -> Seen:
    payload = {"content": f"w{number} ", "sessionId": "s" * 36, "runId": "r" * 36, "seq": number}
    return see(SSE, "", payload, at_ns=number * 20 * MS, read=number)


def recorded(count: int) -> TimelineFile:
    recording = TimelineFile()
    for number in range(count):
        recording.add(chunk(number), 0)
    return recording


def seqs(lines: list[bytes]) -> list[int]:
    return [orjson.loads(line)["seq"] for line in lines]


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 1_000])
def test_lines_are_had_from_anywhere(count: int) -> None:
    recording = recorded(count)
    assert len(recording) == count
    assert seqs(list(recording)) == list(range(count))
    for first, wanted in ((0, 10), (250, 20), (count - 1, 5), (count, 5), (-3, 4)):
        start = max(0, first)
        expected = list(range(start, min(count, start + wanted)))
        assert seqs(recording.lines(first, wanted)) == expected


def test_a_long_recording_takes_little_memory() -> None:
    recording = recorded(20_000)
    packed = sum(sys.getsizeof(block) for block in recording._packed)
    assert packed < 40 * 20_000


def test_past_the_bound_nothing_more_is_recorded() -> None:
    recording = TimelineFile()
    recording._packed = [b""] * (EVENTS_MAX // 256 + 1)
    recording.add(chunk(0), 0)
    assert recording._open == []


def test_rows_out_of_a_recording_are_those_that_were_drawn() -> None:
    picture = AnswerView(ASKED, SSE)
    picture.began(0)
    events = [chunk(number) for number in range(30)]
    events.append(Seen(700 * MS, None, "", Malformed('{"content', "not JSON")))
    for seen in events:
        picture.add(seen)
    told = [orjson.loads(line) for line in picture.feed.text.splitlines()]
    drawn = [line for line in told if isinstance(line, list)]
    found = rows_of(picture, 10, 100)
    # Characters are counted from where one looks.
    assert [list(row[:6]) for row in found] == [row[:6] for row in drawn[10:]]
    assert rows_of(picture, 500, 10) == []


def file_of(events: list[Seen], **head: Json) -> bytes:
    recording = TimelineFile()
    for seen in events:
        recording.add(seen, 0)
    first = {**orjson.loads(header(ASKED, "w0 w1 ", [(1.5, 3)])), **head}
    return b"\n".join([orjson.dumps(first), *recording]) + b"\n"


def test_a_saved_file_comes_back_as_it_was() -> None:
    broken = Seen(50 * MS, None, "", Malformed("{", "not JSON"))
    saved = read(file_of([chunk(0), chunk(1), broken]))
    assert (saved.question, saved.script, saved.plan) == (ASKED, "w0 w1 ", ((1.5, 3),))
    assert saved.events == (chunk(0), chunk(1), broken)


def test_a_script_too_long_for_a_line_is_left_out_of_the_file() -> None:
    first = header(ASKED, "x" * 4_000_000, [(1.5, 3)])
    saved = read(first + b"\n")
    assert (saved.script, saved.plan) == (None, ((1.5, 3),))


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (b"\x89PNG\r\n\x1a\n", "Line 1 is not JSON"),
        (b"[]", "Line 1 is not an object"),
        (b"{}", "Line 1 does not say"),
        (file_of([], version=2), "version 1"),
        (file_of([], contract="no/such"), "contract is 'no/such'"),
        (file_of([], asked={}), "asked has no message"),
        (file_of([]) + b"nothing\n", "Line 2 is not JSON"),
        (file_of([]) + b'{"offset_ms": "1"}\n', "Line 2: offset_ms is '1'"),
        (file_of([]) + b'{"offset_ms": -1}\n', "Line 2: offset_ms is -1"),
        (file_of([]) + b'{"offset_ms": 1e300}\n', "Line 2: offset_ms is 1e+300"),
        (file_of([chunk(1)]) + b'{"offset_ms": 1}\n', "Line 3: offset_ms 1 is before"),
        (file_of([]) + b'{"offset_ms": 1, "event": 7}\n', "Line 2: event is 7"),
        (file_of([], plan=[[1, 1]] * 700_000), "Line 1 has over 4,000,000 bytes"),
        (file_of([]) + b'{"x": "' + b"x" * 4_000_000 + b'"}', "Line 2 has over 4,000,000 bytes"),
    ],
)
def test_what_is_no_timeline_is_refused_by_line_and_field(content: bytes, named: str) -> None:
    with pytest.raises(BadTimelineFile, match=re.escape(named)):
        read(content)
