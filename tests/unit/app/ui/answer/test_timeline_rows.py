"""Rows: what a row says of an event."""

from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed, Seen, see
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.timeline_rows import TEXT_MAX, TimelineRows, shown_text

MS = 1_000_000
SSE = CONTRACTS["ai-chat/sse"]
GATEWAY = CONTRACTS["ai-gateway/socketio"]


def seen(payload: Json, at_ms: float = 0) -> Seen:
    return see(SSE, "", payload, at_ns=int(at_ms * MS))


def test_a_row_has_offset_gap_name_text_tone_and_characters_so_far() -> None:
    rowing = TimelineRows(SSE, started_ns=100 * MS)
    chunk = {"content": "Hi ", "sessionId": "s", "runId": "r", "seq": 0}
    done = {"done": True, "sessionId": "s", "runId": "r", "seq": 1}
    assert [rowing.row(seen(chunk, 203.25)), rowing.row(seen(done, 250))] == [
        (0, 103.2, None, "chunk", "Hi ", "text", 3),
        (1, 150.0, 46.8, "done", '{"done": true}', "end", 3),
    ]


def test_a_failure_and_a_stop_have_tones_of_their_own() -> None:
    rowing = TimelineRows(SSE, 0)
    assert rowing.row(seen({"error": "Failed", "code": "UPSTREAM_LOST"}))[5] == "failed"
    assert rowing.row(seen({"done": True, "stopped": True}))[5] == "stopped"
    assert rowing.row(seen({"surprise": 1}))[5] == "unknown"


def test_a_long_text_is_shortened_and_its_length_told() -> None:
    drawn = TimelineRows(SSE, 0).row(seen({"content": "x" * 1_000}))
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
