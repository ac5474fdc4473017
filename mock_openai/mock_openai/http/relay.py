"""A request that no scenario fits, passed on to a real server, whose answer is given as it comes.

To its exchange it is what a playback is: it can be stopped, and goes on when the client reads.
"""

import asyncio
from collections.abc import Callable, Mapping

import httpx2
import orjson

from mock_openai.plan.plan import Ending
from mock_openai.plan.write_schedule import LAST_CHUNK, status_line
from mock_openai.playback.socket_writer import SocketWriter
from mock_openai.recording.upstream import Upstream, UpstreamAnswer

HeadOf = Callable[[bytes, bytes], bytes]
"""From the first lines of a head and more of them to the whole head."""
_OURS = ("date", "server", "access-control-")
"""Headers, or their beginnings, that the mock sends itself."""


class Relay:
    """`on_head` gets the status and the name of the recording, `on_end` how it ended; neither is
    called when the client has gone, nor is the real server left then: its answer is recorded."""

    def __init__(
        self,
        upstream: Upstream,
        writer: SocketWriter,
        head_of: HeadOf,
        on_head: Callable[[int, str], None],
        on_end: Callable[[Ending], None],
        *,
        chunked: bool,
    ) -> None:
        self.over = False
        self._upstream = upstream
        self._writer = writer
        self._head_of = head_of
        self._on_head = on_head
        self._on_end = on_end
        self._chunked = chunked
        self._room = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    def start(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        """Passes the request on."""
        self._task = asyncio.create_task(self._run(path, headers, body))

    def stop(self) -> None:
        """The client or the mock has closed: nothing is written any more."""
        self.over = True
        self._room.set()

    def resume(self) -> None:
        """The client reads again."""
        self._room.set()

    async def _run(self, path: str, headers: Mapping[str, str], body: bytes) -> None:
        try:
            answer = await self._upstream.send("POST", path, "", headers, body)
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            self._end_with(502, f"The upstream does not answer: {type(error).__name__}: {error}")
            return
        try:
            await self._pass_on(answer)
        finally:
            answer.client_left()

    async def _pass_on(self, answer: UpstreamAnswer) -> None:
        if self.over:
            return
        self._on_head(answer.status, answer.recorder.name)
        fields = [
            f"{name}: {value}\r\n"
            for name, value in answer.headers.items()
            if not name.lower().startswith((*_OURS, "x-mock-"))
        ]
        if self._chunked:
            fields.append("transfer-encoding: chunked\r\n")
        first = f"{status_line(answer.status)}\r\n"
        await self._write(self._head_of(first.encode(), "".join(fields).encode("latin-1")))
        ending: Ending = "complete"
        try:
            async for piece in answer.pieces():
                if self._chunked and piece:
                    piece = b"%x\r\n%b\r\n" % (len(piece), piece)
                if not await self._write(piece):
                    return
        except ConnectionResetError:
            ending = "sever"
        if ending == "complete" and self._chunked:
            await self._write(LAST_CHUNK)
        self._finish(ending)

    def _end_with(self, status: int, message: str) -> None:
        if self.over:
            return
        error = {"message": message, "type": "server_error", "param": None, "code": "mock_upstream"}
        content = orjson.dumps({"error": error})
        fields = f"content-type: application/json\r\ncontent-length: {len(content)}\r\n"
        self._on_head(status, "")
        first = f"{status_line(status)}\r\n"
        self._writer.write(self._head_of(first.encode(), fields.encode()) + content)
        self._finish("complete")

    async def _write(self, data: bytes) -> bool:
        """False when nobody wants more."""
        if not self.over:
            self._room.clear()
            if data and not self._writer.write(data):
                await self._room.wait()
        return not self.over

    def _finish(self, ending: Ending) -> None:
        if not self.over:
            self.over = True
            self._on_end(ending)
