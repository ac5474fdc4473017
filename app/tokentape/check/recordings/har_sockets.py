"""HAR sockets: the frames of a WebSocket as Chrome saves them, and the answers in them. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokentape.check.recordings.json_lines import clock_ns
from tokentape.check.recordings.recording import RecordedAnswer, RecordedEvent
from tokentape.client.socket_events import Event
from tokentape.client.socketio_wire import packet_of
from tokentape.client.websocket_wire import frame_of
from tokentape.contract.contract import Contract, Emit, Json
from tokentape.contract.timeline import Malformed

_TEXT = 1
_ENGINE_MESSAGE = "4"


@dataclass
class _Answer:
    started_ns: int
    request: Json
    events: list[RecordedEvent] = field(default_factory=list)


def read_socket(
    name: str, entry: Mapping[str, Any], contract: Contract
) -> Iterator[RecordedAnswer]:
    """The answers of one connection: each begins with the client's event that asks for it."""
    start = contract.start
    answers: list[_Answer] = []
    for message in mappings_in(entry.get("_webSocketMessages")):
        at_ns = clock_ns(message.get("time")) or 0
        for event in _events(message, contract):
            if message.get("type") == "send":
                if isinstance(start, Emit) and event.name == start.event:
                    answers.append(_Answer(at_ns, event.payload))
            elif answers and event.name not in contract.ignored:
                answers[-1].events.append(RecordedEvent(event.name, event.payload, "", at_ns))
    for answer in answers:
        yield RecordedAnswer(
            events=answer.events,
            name=name,
            times="known" if answer.started_ns else "unknown",
            started_ns=answer.started_ns,
            request=answer.request,
        )


def _events(message: Mapping[str, Any], contract: Contract) -> Iterator[Event]:
    text = str(message.get("data", ""))
    if message.get("opcode", _TEXT) != _TEXT:
        if contract.transport == "websocket":
            yield Event("", Malformed(text[:400], "a binary frame, where text is due"))
        return
    if contract.transport == "websocket":
        found = [frame_of(text)]
    elif text.startswith(_ENGINE_MESSAGE):
        found = packet_of(text[1:], contract.namespace)
    else:
        return  # Engine.IO's own: pings, the opening
    yield from (one for one in found if isinstance(one, Event))


def mappings_in(value: Json) -> list[Mapping[str, Any]]:
    """The objects of a list; of all else none: a file may hold anything."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
