"""Rows: what a row says of an event, and that a page is sent each row about once."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.contract.contract import Json
from app.contract.timeline import Malformed, Seen, see
from app.dialects.contracts import CONTRACTS
from app.ui.chat.rows import TEXT_MAX, WINDOW_KEPT, WINDOW_MAX, Row, Rowing, RowWindow, shown_text

MS = 1_000_000
SSE = CONTRACTS["ai-chat/sse"]
GATEWAY = CONTRACTS["ai-gateway/socketio"]


def seen(payload: Json, at_ms: float = 0) -> Seen:
    return see(SSE, "", payload, at_ns=int(at_ms * MS))


def row(index: int, text: str = "word") -> Row:
    return (index, 1.5, None, "chunk", text, "text", len(text))


def lines(window: RowWindow) -> list[Any]:
    return [json.loads(line) for line in window.value()["lines"].splitlines()]


def test_a_row_has_offset_gap_name_text_tone_and_characters_so_far() -> None:
    rowing = Rowing(SSE, started_ns=100 * MS)
    chunk = {"content": "Hi ", "sessionId": "s", "runId": "r", "seq": 0}
    done = {"done": True, "sessionId": "s", "runId": "r", "seq": 1}
    assert [rowing.row(seen(chunk, 203.25)), rowing.row(seen(done, 250))] == [
        (0, 103.2, None, "chunk", "Hi ", "text", 3),
        (1, 150.0, 46.8, "done", '{"done": true}', "end", 3),
    ]


def test_a_failure_and_a_stop_have_tones_of_their_own() -> None:
    rowing = Rowing(SSE, 0)
    assert rowing.row(seen({"error": "Failed", "code": "UPSTREAM_LOST"}))[5] == "failed"
    assert rowing.row(seen({"done": True, "stopped": True}))[5] == "stopped"
    assert rowing.row(seen({"surprise": 1}))[5] == "unknown"


def test_a_long_text_is_shortened_and_its_length_told() -> None:
    drawn = Rowing(SSE, 0).row(seen({"content": "x" * 1_000}))
    assert len(drawn[4]) == TEXT_MAX
    assert drawn[4].endswith("…")
    assert drawn[6] == 1_000


def test_a_frame_that_cannot_be_read_is_shown_as_it_came() -> None:
    broken = Seen(0, None, "", Malformed('{"content', "not JSON"))
    assert shown_text(SSE, broken) == 'not JSON: {"content'


def test_an_event_that_repeats_the_whole_answer_does_not_show_it_again() -> None:
    socketio = CONTRACTS["ai-chat/socketio"]
    whole = see(socketio, "ai:complete", {"response": "all of it", "sessionId": "s"}, at_ns=0)
    assert shown_text(socketio, whole) == "{}"


def test_an_event_without_text_shows_what_else_it_carries() -> None:
    ended = see(
        GATEWAY, "chat:end", {"messageId": "m", "totalTokens": 7, "conversationId": "c"}, at_ns=0
    )
    assert shown_text(GATEWAY, ended) == '{"messageId": "m", "totalTokens": 7}'


def test_a_window_only_grows_at_its_end_until_it_is_cut() -> None:
    window = RowWindow()
    before = ""
    for index in range(WINDOW_MAX):
        window.push([row(index)])
        value = window.value()
        assert value["first"] == 0
        assert value["lines"].startswith(before)
        before = value["lines"]


def test_a_cut_window_keeps_the_newest_rows_and_says_where_it_begins() -> None:
    window = RowWindow()
    for index in range(WINDOW_MAX + 1):
        window.push([row(index)])
    assert window.value()["first"] == WINDOW_MAX - WINDOW_KEPT
    assert [line[0] for line in lines(window)] == list(
        range(WINDOW_MAX - WINDOW_KEPT, WINDOW_MAX + 1)
    )
    assert window.count == WINDOW_MAX + 1


def test_rows_of_one_frame_are_never_cut_from_it() -> None:
    window = RowWindow()
    window.push([row(0)])
    window.push([row(index) for index in range(1, 3 * WINDOW_MAX)])
    assert [line[0] for line in lines(window)] == list(range(3 * WINDOW_MAX))


def sent(frames: list[int]) -> int:
    """Characters of rows that Gradio sends: what was appended, or the whole after a cut."""
    window, before, total, index = RowWindow(), "", 0, 0
    for size in frames:
        window.push([row(index + offset) for offset in range(size)])
        index += size
        now = window.value()["lines"]
        total += len(now) - len(before) if now.startswith(before) else len(now)
        before = now
    return total


def test_four_times_the_rows_cost_about_four_times_the_bytes() -> None:
    assert sent([1] * 4_000) <= 4.4 * sent([1] * 1_000)


@given(st.lists(st.integers(1, 400), max_size=30))
def test_a_window_holds_the_rows_after_its_first_without_a_hole(frames: list[int]) -> None:
    window, index = RowWindow(), 0
    for size in frames:
        window.push([row(index + offset) for offset in range(size)])
        index += size
    first = window.value()["first"]
    assert [line[0] for line in lines(window)] == list(range(first, index))
