"""The answer's text alone, as `TextStreamChatTransport` reads it.

That protocol has no word for an end or an error: the end of the body says that the answer is whole.
So an answer that fails is an HTTP error while nothing of it was sent, and a broken body after that.
"""

import asyncio
from contextlib import suppress

from starlette.types import Receive, Scope, Send

from tokentape.dialects.whole import refusal, send_whole
from tokentape.runs.events import TERMINAL, Completed, Failed, Stopped, Terminal, Text
from tokentape.runs.tape import READ_LIMIT
from tokentape.viewers.send_timeout import CLOSE
from tokentape.viewers.sse import RunStream

MEDIA_TYPE = "text/plain; charset=utf-8"


class TextStream(RunStream):
    """Reads the tape by itself; a viewer beside the others."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._extensions = scope.get("extensions") or {}
        await super().__call__(scope, receive, send)

    async def _pump(self, send: Send) -> None:
        self.headers["content-type"] = MEDIA_TYPE
        tape, seq, begun = self._rendering.tape, -1, False
        while True:
            entries = await tape.read(seq, READ_LIMIT, self._heartbeat_s)
            if not self._view.theirs or (not entries and await tape.ended()):
                await self._break_off()
                return
            seq += len(entries)
            text = "".join(one.event.content for one in entries if isinstance(one.event, Text))
            last = entries[-1].event if entries else None
            if isinstance(last, Failed) and not begun and not text:
                await send_whole(send, refusal(last))
                return
            if not begun and (text or not entries or isinstance(last, TERMINAL)):
                begun = True
                head = {"status": self.status_code, "headers": self.raw_headers}
                await send({"type": "http.response.start", **head})
            if text:
                body = text.encode()
                await send({"type": "http.response.body", "body": body, "more_body": True})
            if isinstance(last, TERMINAL):
                if _is_whole(last):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                else:
                    await self._break_off()
                return

    async def _break_off(self) -> None:
        """Close the connection without the body's end, and wait until it is closed."""
        if close := self._extensions.get(CLOSE):
            close()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._heartbeat_s):
                    await asyncio.get_running_loop().create_future()


def _is_whole(terminal: Terminal) -> bool:
    """Whether the body may end: a stop that was asked for ends it as the answer's own end does."""
    match terminal:
        case Completed():
            return True
        case Stopped(_, reason):
            return reason == "requested"
    return False
