"""How a mock is asked, and how what it answers is read."""

import pytest

from tokentape.client.mock_admin import (
    JournalEntry,
    MockAdmin,
    MockFault,
    Reason,
    entries_of,
    route,
)

ENTRY = {
    "id": "chatcmpl-1", "endpoint": "chat", "text": "Hi there", "chunks": ["Hi", " there"],
    "state": "finished", "started_ns": 5, "ended_ns": 90,
    "frames": [
        {"seq": 0, "due_ns": 10, "written_ns": 12, "lag_ns": 2, "kind": "role", "size": 100},
        {"seq": 1, "due_ns": 20, "written_ns": 21, "lag_ns": 1, "kind": "content", "size": 270},
        {"seq": 2, "due_ns": 30, "written_ns": None, "lag_ns": None, "kind": "x", "size": 1},
    ],
    "faults": [
        {"violation": "text_lost", "placed": True},
        {"violation": "none", "placed": True},
        {"violation": "cut", "placed": False},
    ],
}  # fmt: skip


def test_a_call_has_route_query_body_and_token() -> None:
    mock = MockAdmin("http://127.0.0.1:9100", "t")
    call = mock.call("PUT", "scenarios/å b", params={"keep": 1, "q": "a&b"}, json={"a": 1})
    assert call.url == "http://127.0.0.1:9100/__mock__/scenarios/%C3%A5%20b?keep=1&q=a%26b"
    assert call.body == b'{"a":1}'
    assert call.header("authorization") == "Bearer t"
    assert call.header("content-type") == "application/json"
    assert MockAdmin("http://127.0.0.1:9100").call("GET", "x").headers == {}
    assert route("requests") == "/__mock__/requests"


def test_an_entry_is_typed_and_has_the_frames_that_left() -> None:
    (entry,) = entries_of({"requests": [ENTRY]})
    (frame,) = entry.texts
    assert (frame.seq, frame.due_ns, frame.written_ns, frame.lag_ns, frame.size) == (
        1,
        20,
        21,
        1,
        270,
    )
    assert len(entry.frames) == 2, "what has not left is none yet"
    assert entry.violations == ("text_lost",)


def test_an_entry_without_frames_has_none() -> None:
    found = JournalEntry.read({key: value for key, value in ENTRY.items() if key != "frames"})
    assert (found.frames, found.texts) == ((), [])


@pytest.mark.parametrize(
    ("status", "body", "reason", "message"),
    [
        (200, b"<html>", "no mock", "is it a mock-openai"),
        (403, b'{"error": {"message": "no"}}', "forbidden", "wants its admin token"),
        (409, b'{"error": {"message": "It is taken."}}', "refused", "It is taken."),
        (500, b"[]", "refused", "The mock answers 500."),
    ],
)
def test_what_is_no_answer_is_told(status: int, body: bytes, reason: Reason, message: str) -> None:
    with pytest.raises(MockFault, match=message) as fault:
        MockAdmin("http://127.0.0.1:1").read(status, body)
    assert (fault.value.status, fault.value.reason) == (status, reason)


@pytest.mark.parametrize("found", [{}, [], {"requests": [{}]}, {"requests": 7}, None])
def test_what_is_no_journal_is_told(found: object) -> None:
    with pytest.raises(MockFault, match="no journal"):
        entries_of(found)
