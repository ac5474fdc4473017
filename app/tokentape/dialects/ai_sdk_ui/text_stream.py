"""The answer's text alone, as `TextStreamChatTransport` reads it.

That protocol has no word for an end or an error: the end of the body says that the answer is whole.
So an answer that fails is an HTTP error while nothing of it was sent, and a broken body after that.
"""

from starlette.types import Send

from tokentape.dialects.whole import refusal, send_whole
from tokentape.runs.events import TERMINAL, Completed, Failed, Stopped, Terminal, Text
from tokentape.runs.tape import READ_LIMIT
from tokentape.viewers.sse import RunStream

MEDIA_TYPE = "text/plain; charset=utf-8"


class TextStream(RunStream):
    """Reads the tape by itself; a viewer beside the others."""

    async def _pump(self, send: Send) -> None:
        self.headers["content-type"] = MEDIA_TYPE
        tape, seq, begun = self._rendering.tape, -1, False
        while True:
            entries = await tape.read(seq, READ_LIMIT, self._heartbeat_s)
            if not self._view.theirs or (not entries and await tape.ended()):
                return  # without the end of the body
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
                return


def _is_whole(terminal: Terminal) -> bool:
    """Whether the body may end: a stop that was asked for ends it as the answer's own end does."""
    match terminal:
        case Completed():
            return True
        case Stopped(_, reason):
            return reason == "requested"
    return False
