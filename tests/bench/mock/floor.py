"""The floor: raw asyncio sockets, one timer callback a frame, by absolute deadlines. It knows no
HTTP, no scenario and keeps no evidence; it can't be asked for anything else."""

import asyncio
import sys
import time

FRAME = b"data: " + b"x" * 220 + b"\n\n"
CHUNK = b"%x\r\n%b\r\n" % (len(FRAME), FRAME)
END = b"0\r\n\r\n"
HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n"


class Floor(asyncio.Protocol):
    frames, first_s, gap_s = 0, 0.0, 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.start_s = time.monotonic()
        self.sent = 0
        self.transport.write(f"{HEAD}x-mock-started-ns: {int(self.start_s * 1e9)}\r\n\r\n".encode())
        self.next()

    def next(self) -> None:
        due_s = self.start_s + self.first_s + self.sent * self.gap_s
        asyncio.get_running_loop().call_at(due_s, self.write)

    def write(self) -> None:
        self.sent += 1
        if self.sent < self.frames:
            self.transport.write(CHUNK)
            self.next()
        else:
            self.transport.write(CHUNK + END)


async def main(frames: int, first_s: float, gap_s: float) -> None:
    Floor.frames, Floor.first_s, Floor.gap_s = frames, first_s, gap_s
    server = await asyncio.get_running_loop().create_server(Floor, "127.0.0.1", 0, backlog=4096)
    print(f"ready at http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)  # noqa: T201 - its ready line
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])))
