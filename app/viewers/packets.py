"""Socket.IO packets built by hand: what python-socketio's `emit` would send, for less.

A test compares the two byte by byte.
"""

from typing import Any

import orjson
from engineio import packet as engine

from app.runs.tape import Label
from app.viewers.rendering import Wire


class Json:
    """orjson in the shape of the `json` module, for python-socketio."""

    JSONDecodeError = orjson.JSONDecodeError

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: Any) -> Any:
        return orjson.loads(text)


def event_packet(namespace: str, name: str, payload: Any) -> engine.Packet:
    """An Engine.IO message with the Socket.IO event inside."""
    place = "" if namespace == "/" else f"{namespace},"
    packet = engine.Packet(engine.MESSAGE, "")
    # What its `encode` would build from the data and keep beside it: once is enough.
    packet.encode_cache = f"42{place}{orjson.dumps([name, payload]).decode()}"
    return packet


def weight(packet: engine.Packet) -> int:
    """Characters of a packet that `event_packet` made."""
    return len(packet.encode_cache)


class EncodePacket:
    """Encodes a namespace's wire events; all viewers of a run share each packet."""

    def __init__(self, namespace: str) -> None:
        self._namespace = namespace

    def __call__(self, wire: Wire, label: Label, seq: int) -> engine.Packet:
        return event_packet(self._namespace, wire.name or "message", wire.payload)
