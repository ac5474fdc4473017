"""Right streams of random words, however they are cut into chunks, frames and reads: none is
called wrong. Most go straight through the real decoders, some through real sockets.
"""

import asyncio
import json
import random
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

import pytest
from websockets.frames import Frame as WebSocketFrame
from websockets.frames import Opcode
from websockets.server import ServerProtocol

from tests.harness.chance import by_chance, seeds
from tests.integration.app.check.faulty import Faulty, Frame, faulty, framed
from tests.unit.app.check.speakers import SPEAKERS, numbered
from tokentape.check.config import CheckConfig
from tokentape.check.runner import check
from tokentape.client.socket_events import Event, SocketProtocol
from tokentape.client.socketio_wire import SocketIOWire
from tokentape.client.sse import SSEDecoder
from tokentape.client.sse_viewer import see_event
from tokentape.client.websocket_wire import WebSocketWire
from tokentape.contract.buffering import buffered
from tokentape.contract.contract import Contract, Json
from tokentape.contract.timeline import Seen, see
from tokentape.contract.verdict import Expectation, judge

STREAMS = 3_000
SOCKETS = 5
"""Streams of each contract that go through a real socket."""
MS = 1_000_000
LETTERS = 'abcde ,.\n\t"\\<>&é–你🙂\u2028\x7f'


def random_text(chance: random.Random) -> list[str]:
    """An answer as chunks: repeating itself often, empty now and then, cut anywhere."""
    text = "".join(chance.choices(LETTERS, k=chance.choice((0, 1, 5, 40, 200))))
    text *= chance.choice((1, 1, 2, 3))
    places = sorted(chance.choices(range(len(text) + 1), k=chance.randint(0, 30)))
    return [text[a:b] for a, b in pairwise([0, *places, len(text)])]


def cut_up(chance: random.Random, sent: bytes) -> Iterator[bytes]:
    """The bytes as reads give them: all at once, one by one, or anything between."""
    reads = chance.choice((1, 3, 30, len(sent) // 2 + 1))
    places = sorted(chance.choices(range(len(sent) + 1), k=reads))
    return (sent[a:b] for a, b in pairwise([0, *places, len(sent)]) if b > a)


def sse_bytes(chance: random.Random, frames: Sequence[Frame]) -> bytes:
    """As the standard allows it: any line ending, comments, ids, data in several lines."""
    end = chance.choice(("\n", "\r\n", "\r"))
    sent = chance.choice(("", "\ufeff", f": hello{end}"))
    for frame in frames:
        if chance.random() < 0.1:
            sent += f": heartbeat{end}{chance.choice(('', end))}"
        space = chance.choice((" ", ""))
        lines = [f"event:{space}{frame.event}"] if frame.event else []
        body = frame.body
        if chance.random() < 0.05 and body.startswith("{"):
            body = json.dumps(json.loads(body), indent=1)
        lines += [f"data:{space}{line}" for line in body.split("\n")]
        if chance.random() < 0.05:
            lines.append("retry: 1000")
        sent += end.join(lines) + end * 2
    return sent.encode()


def sse_timeline(contract: Contract, chance: random.Random, frames: Sequence[Frame]) -> list[Seen]:
    decoder = SSEDecoder()
    return [
        see_event(contract, event, at_ns=(read + 1) * MS, read=read)
        for read, block in enumerate(cut_up(chance, sse_bytes(chance, frames)))
        for event in decoder.feed(block)
    ]


def message_of(contract: Contract, frame: Frame) -> str:
    event = json.dumps(frame.event)
    if contract.transport == "websocket":
        return f'{{"event": {event}, "data": {frame.body}}}'
    place = "" if contract.namespace == "/" else f"{contract.namespace},"
    return f"42{place}[{event}, {frame.body}]"


def socket_timeline(
    contract: Contract, chance: random.Random, frames: Sequence[Frame]
) -> list[Seen]:
    socketio = contract.transport == "socketio"
    wire: SocketProtocol = (SocketIOWire if socketio else WebSocketWire)(
        "http://x", contract.namespace, None
    )
    server = ServerProtocol()
    server.receive_data(wire.outgoing())
    (request,) = server.events_received()
    server.send_response(server.accept(request))  # type: ignore[arg-type] # a request, surely
    if socketio:
        server.send_text(b'0{"sid":"x","pingInterval":1,"pingTimeout":1}')
        place = "" if contract.namespace == "/" else f"{contract.namespace},"
        server.send_text(f'40{place}{{"sid":"y"}}'.encode())
    for frame in frames:
        message = message_of(contract, frame).encode()
        if chance.random() < 0.1:
            server.send_ping(b"hello")
        if socketio and chance.random() < 0.1:
            server.send_text(b"2")
        if chance.random() < 0.2:
            middle = chance.randint(0, len(message))
            server.send_text(message[:middle], fin=False)
            server.send_continuation(message[middle:], fin=True)
        else:
            server.send_text(message)
    timeline = []
    for read, block in enumerate(cut_up(chance, b"".join(server.data_to_send()))):
        for incoming in wire.receive(block):
            if isinstance(incoming, Event):
                seen = see(
                    contract, incoming.name, incoming.payload, at_ns=(read + 1) * MS, read=read
                )
                timeline.append(seen)
    return timeline


def faults(contract: Contract, timeline: list[Seen], words: list[str]) -> list[object]:
    verdict = judge(
        contract,
        timeline,
        0,
        Expectation(
            text="".join(words), outcome="completed", max_first_token_ms=1e6, max_gap_ms=1e6
        ),
    )
    chunks = [word for word in words if word]
    written = list(accumulate([MS] * len(chunks)))
    kept = buffered(timeline, 0, chunks, written)
    return [*verdict.violations, *([kept] if kept else [])]


@by_chance
@pytest.mark.parametrize("key", SPEAKERS)
def test_right_stream_is_never_called_wrong(key: str) -> None:
    contract, speak = SPEAKERS[key]
    see_all = sse_timeline if contract.transport == "sse" else socket_timeline
    for number in seeds(-(-STREAMS // len(SPEAKERS))):
        chance = random.Random(f"{key}/{number}")
        words = random_text(chance)
        if not any(words) and contract.dialect == "openai-responses":
            words = ["x"]
        frames = framed(numbered(contract, speak(words, "completed")))
        timeline = see_all(contract, chance, frames)
        assert faults(contract, timeline, words) == [], (number, words)


@by_chance
@pytest.mark.parametrize("key", SPEAKERS)
async def test_right_stream_over_a_real_socket_is_never_called_wrong(key: str) -> None:
    contract, speak = SPEAKERS[key]

    async def one(number: int) -> tuple[int, object]:
        chance = random.Random(f"socket/{key}/{number}")
        words = [word for word in random_text(chance) if word] or ["x"]
        server = Faulty(contract, framed(numbered(contract, speak(words, "completed"))), words)
        async with faulty(server):
            wanted = CheckConfig(
                url=server.url,
                contract=contract,
                model="gpt-4o-mini",
                expect="".join(words),
                mock_url=server.url,
                linger_s=0.02,
            )
            report = await check(wanted)
        told = [finding.verdict.violations for finding in report.results]
        return len(report.results) - len(report.wrong), told

    drawn = seeds(SOCKETS)
    for batch in (drawn[at : at + 5] for at in range(0, len(drawn), 5)):
        found = await asyncio.gather(*(one(number) for number in batch))
        assert [count for count, _ in found] == [1] * 5, found


def test_websocket_frames_are_what_the_standard_says() -> None:
    """The random streams above are made by this library: here is one byte by byte."""
    frame = WebSocketFrame(Opcode.TEXT, b"hi").serialize(mask=False)
    assert frame == b"\x81\x02hi"


def test_wrong_stream_is_called_wrong_here_too() -> None:
    """What is silent on thousands of right ones must be able to speak."""
    for contract, speak in SPEAKERS.values():
        see_all = sse_timeline if contract.transport == "sse" else socket_timeline
        words: list[Json] = ["one ", "two ", "three ", "four "]
        frames = framed(numbered(contract, speak([*words[:2], *words[3:]], "completed")))
        assert faults(contract, see_all(contract, random.Random(1), frames), words)
