"""A run viewed over HTTP as server-sent events: one cursor, written in joined bytes."""

import asyncio
from collections.abc import Mapping

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tokentape.metrics import Metrics
from tokentape.runs.tape import READ_LIMIT, Label
from tokentape.turns import View
from tokentape.viewers.rendering import Rendering, WireEvent

HEARTBEAT = b": heartbeat\n\n"
HEADERS = {
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


def encode_frame(wire: WireEvent, label: Label, seq: int) -> bytes:
    """`id:`, `event:` where the dialect names its events, and one line of JSON."""
    event = f"event: {wire.name}\n" if wire.name else ""
    head = f"id: {label.run_id}:{seq}\n{event}data: "
    return head.encode() + orjson.dumps(wire.payload) + b"\n\n"


class RunStream(Response):
    """Streams a rendering from after the seq `after` to its end, as long as the viewer may see it.

    The view's run is None when the run has ended and only its tape is left.
    """

    def __init__(
        self,
        rendering: Rendering[bytes],
        view: View,
        after: int,
        *,
        heartbeat_s: float,
        metrics: Metrics,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status_code=200, headers=dict(headers or {}) | HEADERS)
        del self.headers["content-length"]
        self._view = view
        self._run = view.run
        self._rendering = rendering
        self._after = after
        self._heartbeat_s = heartbeat_s
        self._metrics = metrics
        if view.run:
            view.run.viewer_came()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        viewers = self._metrics.viewers.labels("sse")
        viewers.inc()
        pump = asyncio.create_task(self._pump(send))
        gone = asyncio.create_task(_disconnected(receive))
        try:
            await asyncio.wait((pump, gone), return_when=asyncio.FIRST_COMPLETED)
            if pump.done():
                pump.result()
        finally:
            pump.cancel()
            gone.cancel()
            viewers.dec()
            if self._run:
                self._run.viewer_left()

    async def _pump(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        cursor = self._rendering.cursor(self._after)
        while not cursor.at_end:
            pieces = await cursor.next(READ_LIMIT, self._heartbeat_s)
            if not self._view.theirs:
                break
            if pieces or not cursor.at_end:
                body = b"".join(pieces) or HEARTBEAT
                await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
