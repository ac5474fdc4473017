"""Our packets are python-socketio's, byte by byte."""

from typing import Any

import pytest
from engineio import packet as engine
from socketio import packet as socketio_packet

from tokentape.viewers.packets import Json, event_packet

PAYLOADS: list[Any] = [
    {"content": "plain", "isComplete": False, "runId": "r", "seq": 0},
    {"content": 'Grüße "you" \\ \n\u2028 \U0001f600 </script>', "n": [1, 2.5, None, True]},
    {},
]


@pytest.mark.parametrize("namespace", ["/", "/ai"])
@pytest.mark.parametrize("payload", PAYLOADS)
def test_packet_is_what_python_socketio_would_send(
    namespace: str, payload: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socketio_packet.Packet, "json", Json)
    theirs = socketio_packet.Packet(
        socketio_packet.EVENT, data=["chat:message", payload], namespace=namespace
    )
    expected = engine.Packet(engine.MESSAGE, theirs.encode()).encode()
    assert event_packet(namespace, "chat:message", payload).encode() == expected
