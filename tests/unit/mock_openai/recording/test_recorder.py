"""An exchange is decided by the last event that means anything, however it is cut."""

import json

import pytest

from mock_openai.recording.recorded_exchange import Recorder
from tests.unit.mock_openai.bodies import chat

CHAT = b'data: {"choices": []}\n\n'
STREAMS = {
    "chat": (CHAT, b"data: [DONE]\n\n"),
    "chat with CRLF": (CHAT.replace(b"\n", b"\r\n"), b"data: [DONE]\r\n\r\n"),
    "responses": (
        b'event: response.created\ndata: {"text": "event: response.completed"}\n\n',
        b'event: response.completed\ndata: {"type": "response.completed"}\n\n',
    ),
    "messages": (b"event: ping\ndata: {}\n\n", b"event: message_stop\ndata: {}\n\n"),
}


@pytest.mark.parametrize("name", STREAMS)
def test_an_exchange_is_decided_when_its_last_event_is_whole(name: str) -> None:
    before, last = STREAMS[name]
    whole = before + last
    for cut in range(1, len(whole)):
        recorder = Recorder("/v1/chat/completions", json.dumps(chat("Hi")).encode(), {}, 0)
        recorder.answer_headers = {"content-type": "text/event-stream; charset=utf-8"}
        recorder.note(whole[:cut], 1)
        assert not recorder.decided
        recorder.note(whole[cut:] + b": more\n\n", 2)
        assert recorder.decided


def test_a_body_that_is_no_stream_is_decided_by_its_end_alone() -> None:
    recorder = Recorder("/v1/chat/completions", json.dumps(chat("Hi")).encode(), {}, 0)
    recorder.answer_headers = {"content-type": "application/json"}
    recorder.note(b"data: [DONE]\n\n", 1)
    assert not recorder.decided
