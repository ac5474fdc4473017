"""Events as each socket transport encodes them.

Socket.IO packets are built by hand: what python-socketio's `emit` would send, for less. A test
compares the two byte by byte.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

import orjson
from engineio import packet as engine

from tokentape.json_depth import read_json
from tokentape.runs.tape import Label
from tokentape.viewers.rendering import WireEvent


class Json:
    """orjson in the shape of the `json` module, for python-socketio."""

    JSONDecodeError = orjson.JSONDecodeError

    @staticmethod
    def dumps(value: Any, **_options: Any) -> str:
        return orjson.dumps(value).decode()

    @staticmethod
    def loads(text: str | bytes, **_options: Any) -> Any:
        return read_json(text)


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


@dataclass(frozen=True, slots=True)
class Spell:
    """One transport's spelling of events. All viewers of a run share each packet."""

    say: Callable[[str, Any], Any]
    weigh: Callable[[Any], int]

    def __call__(self, name: str, payload: Any) -> Any:
        return self.say(name, payload)

    def encode(self, wire: WireEvent, _label: Label, _seq: int) -> Any:
        """A run's event as a packet; without a name it is a `message`."""
        return self.say(wire.name or "message", wire.payload)


def event_frame(name: str, payload: Any) -> str:
    """An event as a text frame of a plain WebSocket."""
    return orjson.dumps({"event": name, "data": payload}).decode()


def answer_frame(number: Any, answer: Any) -> str:
    """The acknowledgement of an event that came with this `ackId`."""
    return orjson.dumps({"ackId": number, "data": answer}).decode()


@cache
def spell_of(namespace: str, transport: str) -> Spell:
    """`transport` is `socketio` or `websocket`."""
    if transport == "websocket":
        return Spell(event_frame, len)
    return Spell(partial(event_packet, namespace), weight)
