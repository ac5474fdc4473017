"""The two ways in which `inference` answers over HTTP: a stream that may still be refused before
its first event, and the whole answer at once."""

from starlette.responses import JSONResponse, Response
from starlette.types import Send

from app.access.requests import error_response
from app.dialects.inference import wire
from app.errors import CODES
from app.runs.events import TERMINAL, Failed, Terminal, Text
from app.runs.tape import READ_LIMIT, Tape
from app.viewers.sse import RunStream

IDLE_S = 3_600.0


class ChunkStream(RunStream):
    """Holds the headers back until the first event is there: an answer that fails before it is an
    HTTP error. No longer than a heartbeat's time, after which the client must hear something."""

    async def _pump(self, send: Send) -> None:
        first = await self._rendering.tape.read(-1, 1, self._heartbeat_s)
        if first and isinstance(first[0].event, Failed):
            await _send(send, _refusal(first[0].event))
        else:
            await super()._pump(send)


class WholeAnswer(RunStream):
    """Waits for the end, whoever else watches, and tells it as one `chat.completion`."""

    async def _pump(self, send: Send) -> None:
        text, terminal = await whole(self._rendering.tape)
        if isinstance(terminal, Failed):
            response = _refusal(terminal)
        else:
            response = JSONResponse(wire.completion(self._rendering.tape.label, text, terminal))
        response.raw_headers += [
            header for header in self.raw_headers if header[0].startswith(b"ratelimit-")
        ]
        await _send(send, response)


async def whole(tape: Tape) -> tuple[str, Terminal]:
    """What a tape says, and how it ends; waits for the end."""
    texts: list[str] = []
    seq = -1
    while True:
        entries = await tape.read(seq, READ_LIMIT, IDLE_S)
        if not entries and await tape.ended():
            return "", Failed(tape.label.message_id, "INTERNAL", CODES["INTERNAL"].message)
        for entry in entries:
            if isinstance(entry.event, TERMINAL):
                return "".join(texts), entry.event
            if isinstance(entry.event, Text):
                texts.append(entry.event.content)
        seq += len(entries)


def _refusal(failed: Failed) -> Response:
    return error_response(CODES[failed.code].status, failed.code, failed.message)


async def _send(send: Send, response: Response) -> None:
    head = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "http.response.start", **head})
    await send({"type": "http.response.body", "body": bytes(response.body)})
