"""The metronome: a server that writes known answers at known times over SSE, Socket.IO and
WebSocket, and keeps the times of its writes. What the load users report is held against it.
"""

import asyncio
import gc
import heapq
import socket
import time
from collections import OrderedDict
from itertools import count

from mock_openai.playback.timers import Timer, new_alarm
from tokentape.contract.contract import Json
from tokentape_load.metronome.contract import SOCKET
from tokentape_load.metronome.schedule import ChunkSchedule, TimedChunk, payload, schedule_chunks
from tokentape_load.metronome.transports import HttpTransport, SocketTransport, Transport

ENTRIES_MAX = 20_000
"""Answers that are remembered; the oldest goes first."""


class Entry:
    """One answer as it was written: after `begun_ns`, and by `written_ns`; 0 for what was not."""

    def __init__(self, answer: ChunkSchedule, started_ns: int) -> None:
        self.answer = answer
        self.started_ns = started_ns
        self.ended_ns: int | None = None
        self.begun_ns = [0] * len(answer.timed)
        self.written_ns = [0] * len(answer.timed)

    def as_json(self) -> Json:
        """As the mock's journal tells it, so that the same reader reads both."""
        frames = []
        for number, chunk in enumerate(self.answer.timed):
            if chunk.text is not None:
                begun_ns, written_ns = self._said_ns(number, chunk)
                lag_ns = written_ns - begun_ns
                frames.append(
                    {
                        "seq": number,
                        "due_ns": begun_ns,
                        "written_ns": written_ns,
                        "lag_ns": lag_ns,
                        "kind": "content",
                        "size": 0,
                    }
                )
        harm = self.answer.harm
        return {
            "text": "".join(self.answer.chunks),
            "chunks": self.answer.chunks,
            "frames": frames,
            "started_ns": self.started_ns,
            "ended_ns": self.ended_ns,
            "state": "completed" if self.ended_ns else "playing",
            "faults": [{"placed": True, "violation": harm}] if harm else [],
        }

    def _said_ns(self, number: int, chunk: TimedChunk) -> tuple[int, int]:
        """After when and by when the model has said it, which a buffer keeps."""
        if chunk.said_ns < chunk.due_ns:
            return self.started_ns + chunk.said_ns, self.started_ns + chunk.said_ns
        return self.begun_ns[number], self.written_ns[number]


class Metronome:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._due: list[tuple[int, int, _ClientConnection, Entry, int]] = []
        self._numbers = count()
        self._alarm: Timer = new_alarm(loop, self._ring)

    def look_up(self, tag: str) -> Json:
        entry = self._entries.get(tag)
        return None if entry is None else entry.as_json()

    def play(
        self, connection: "_ClientConnection", message: str, *, in_parts: bool = False
    ) -> None:
        entry = Entry(schedule_chunks(message, in_parts=in_parts), time.monotonic_ns())
        self._entries[entry.answer.tag] = entry
        while len(self._entries) > ENTRIES_MAX:
            self._entries.popitem(last=False)
        self._push(connection, entry, 0)
        self._alarm.set(self._due[0][0])

    def _push(self, connection: "_ClientConnection", entry: Entry, number: int) -> None:
        due_ns = entry.started_ns + entry.answer.timed[number].due_ns
        heapq.heappush(self._due, (due_ns, next(self._numbers), connection, entry, number))

    def _ring(self) -> None:
        while self._due and self._due[0][0] <= time.monotonic_ns():
            _, _, connection, entry, number = heapq.heappop(self._due)
            if connection.gone:
                continue
            last = number + 1 == len(entry.answer.timed)
            entry.begun_ns[number] = time.monotonic_ns()
            connection.say(entry.answer.timed[number], f"m{entry.started_ns}", last=last)
            entry.written_ns[number] = time.monotonic_ns()
            if last:
                entry.ended_ns = time.monotonic_ns()
            else:
                self._push(connection, entry, number + 1)
        if self._due:
            self._alarm.set(self._due[0][0])


class _ClientConnection(asyncio.Protocol):
    def __init__(self, metronome: Metronome) -> None:
        self.gone = False
        self._metronome = metronome
        self._line: Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def connection_lost(self, _: Exception | None) -> None:
        self.gone = True

    def data_received(self, data: bytes) -> None:
        try:
            self._line = self._line or self._line_for(data)
            questions = list(self._line.receive(data))
            self._transport.write(self._line.outgoing())
            for message in questions:
                self._metronome.play(self, message, in_parts=self._line.in_parts)
        except (ValueError, KeyError, IndexError, TypeError):
            self._transport.abort()  # who says what the metronome does not know gets nothing

    def _line_for(self, opening: bytes) -> Transport:
        if opening.startswith(b"GET /socket.io/"):
            return SocketTransport(socketio=True)
        if opening.startswith(b"GET " + SOCKET.encode()):
            return SocketTransport(socketio=False)
        return HttpTransport(self._metronome.look_up)

    def say(self, chunk: TimedChunk, run: str, *, last: bool) -> None:
        if self._line is None:
            return
        told = self._line.event("done" if chunk.text is None else "chunk", payload(chunk, run))
        self._transport.write(told + self._line.end() if last else told)


async def serve(port: int = 0) -> None:
    """Serve on loopback until cancelled; says where on standard output."""
    loop = asyncio.get_running_loop()
    metronome = Metronome(loop)
    listening = socket.create_server(("127.0.0.1", port), backlog=1024)
    server = await loop.create_server(lambda: _ClientConnection(metronome), sock=listening)
    gc.freeze()
    gc.disable()  # its halts would be in every figure; what it keeps is bounded and has no cycles
    async with server:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        print(f"metronome ready at {url}", flush=True)  # noqa: T201 - its ready line
        await server.serve_forever()
