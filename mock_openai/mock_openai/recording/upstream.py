"""A real server that requests are passed on to. Its answers are read to their ends, recorded, and
given to the client piece by piece as they come.

A recording is written when its exchange is decided, before the client has the last piece: a client
that goes then, as OpenAI's own does at [DONE], finds it written. One that goes before that is not
waited for, and the answer is recorded to its end all the same.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

import httpx2

from mock_openai.recording.recorded_exchange import Recorder
from mock_openai.recording.recording_folder import RecordingFolder
from mock_openai.recording.redaction import Redaction
from mock_openai.request.sessions import session_of

_LOG = logging.getLogger("mock_openai.record")
LARGEST_RECORDED = 16_000_000  # bytes
CONNECT_S = 30.0
READ_S = 600.0
MOST_WAITING = 1_000
"""Pieces that a slow client has not taken; then the server is not read."""
SAME_END_NS = 20_000_000
"""A connection that ends so long after the last event has ended with it."""
HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "host", "content-length", "accept-encoding", "content-encoding", "expect",
    }
)  # fmt: skip


class Upstream:
    """`base` ends with /v1, as the base URL that a client is given. `key` is sent instead of the
    client's own. `on_stored` is called when a file has been written."""

    def __init__(
        self,
        base: str,
        folder: Path,
        redaction: Redaction,
        key: str | None = None,
        on_stored: Callable[[], object] = lambda: None,
    ) -> None:
        self._base = base.rstrip("/")
        self._folder = RecordingFolder(folder)
        self._redaction = redaction
        self._key = key
        self._on_stored = on_stored
        timeout = httpx2.Timeout(READ_S, connect=CONNECT_S)
        self._client = httpx2.AsyncClient(timeout=timeout, follow_redirects=False)
        self._reading: set[asyncio.Task[None]] = set()

    async def close(self) -> None:
        """What is under way is given up."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)
        await self._client.aclose()

    async def send(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> "UpstreamAnswer":
        """Passes a request on; the names of its headers are in lower case. Raises
        `httpx2.HTTPError` where nothing answers."""
        sent = {name: value for name, value in headers.items() if name not in HOP_BY_HOP}
        if self._key is not None:
            if "x-api-key" in sent:
                sent["x-api-key"] = self._key
            else:
                sent["authorization"] = f"Bearer {self._key}"
        recorder = Recorder(
            path, body, sent, 0, query=query, redaction=self._redaction,
            session=session_of(headers),
        )  # fmt: skip
        if recorder.request is not None:
            recorder.number = self._folder.number(recorder)
        request = self._client.build_request(
            method,
            f"{self._base}{path.removeprefix('/v1')}{f'?{query}' if query else ''}",
            headers={**sent, "accept-encoding": "identity"},
            content=body or None,
        )
        recorder.started_ns = time.monotonic_ns()
        response = await self._client.send(request, stream=True)
        recorder.head_ns = time.monotonic_ns()
        recorder.status = response.status_code
        recorder.answer_headers = {k.lower(): v for k, v in response.headers.items()}
        answer = UpstreamAnswer(response, recorder, self._folder, self._on_stored)
        task = asyncio.create_task(answer.read())
        self._reading.add(task)
        task.add_done_callback(self._reading.discard)
        return answer


class UpstreamAnswer:
    """`status` and `headers` are there, the body comes."""

    def __init__(
        self,
        response: httpx2.Response,
        recorder: Recorder,
        folder: RecordingFolder,
        on_stored: Callable[[], object],
    ) -> None:
        self.status = response.status_code
        self.headers = {k: v for k, v in response.headers.items() if k.lower() not in HOP_BY_HOP}
        self.recorder = recorder
        self._response = response
        self._folder = folder
        self._on_stored = on_stored
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue(MOST_WAITING)
        self._client_gone = False
        self._stored_size = -1
        self._stored_ns = 0

    async def pieces(self) -> AsyncIterator[bytes]:
        """For the client. Raises ConnectionResetError where the server broke off."""
        try:
            while (piece := await self._pieces.get()) is not None:
                yield piece
        finally:
            self.client_left()
        if self.recorder.ending == "sever":
            raise ConnectionResetError("the upstream broke off")

    def client_left(self) -> None:
        """Nobody takes the pieces any more."""
        self._client_gone = True
        while not self._pieces.empty():  # whoever waits for room goes on
            self._pieces.get_nowait()

    async def read(self) -> None:
        """To its end, whatever the client does."""
        try:
            await self._read()
        except BaseException:  # an answer that is given up is not whole
            self.recorder.ending = "sever"
            raise
        finally:
            await self._response.aclose()
            await self._pass_on(None)

    async def _read(self) -> None:
        recorder = self.recorder
        whole = recorder.request is not None and not recorder.streamed
        waiting: list[bytes] = []  # what is no stream is passed on when it is stored
        try:
            async for data in self._response.aiter_raw():
                if recorder.request is not None:
                    recorder.note(data, time.monotonic_ns())
                if recorder.size > LARGEST_RECORDED:
                    recorder.request, whole = None, False
                    recorder.writes.clear()
                    if self._client_gone:
                        return
                    recorder.size = 0
                if recorder.decided and self._stored_size < 0:
                    recorder.end_ns = time.monotonic_ns()
                    await self._store()
                waiting.append(data)
                if not whole:
                    await self._pass_all(waiting)
        except httpx2.HTTPError:
            recorder.ending = "sever"
        now_ns = time.monotonic_ns()
        # While a file was written, nobody looked whether the connection had ended.
        later = now_ns - self._stored_ns > SAME_END_NS
        if self._stored_size != recorder.size or recorder.ending == "sever" or later:
            recorder.end_ns = now_ns
            await self._store()
        await self._pass_all(waiting)

    async def _store(self) -> None:
        self._stored_size = self.recorder.size
        try:
            await asyncio.to_thread(self._folder.store, self.recorder)
        except OSError as error:  # a full disk is no reason to leave the client without an answer
            _LOG.warning("%s is not stored: %s", self.recorder.name, error)
        self._stored_ns = time.monotonic_ns()
        self._on_stored()

    async def _pass_all(self, pieces: list[bytes]) -> None:
        for piece in pieces:
            await self._pass_on(piece)
        pieces.clear()

    async def _pass_on(self, piece: bytes | None) -> None:
        if not self._client_gone:
            await self._pieces.put(piece)
