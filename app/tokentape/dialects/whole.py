"""An answer sent over HTTP as one, when it has ended; in any dialect."""

from abc import abstractmethod
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Send

from tokentape.access.requests import error_response
from tokentape.errors import CODES
from tokentape.runs.events import Completed, Event, Failed, Stopped, Text
from tokentape.runs.tape import READ_LIMIT, Tape
from tokentape.viewers.sse import RunStream

IDLE_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Whole:
    """What a tape says: its text, how it ends, and the other events on it."""

    text: str
    terminal: Completed | Stopped
    others: tuple[Event, ...]


class WholeAnswer(RunStream):
    """Waits for the end, whoever else watches. A failure is an HTTP error."""

    @abstractmethod
    def spell(self, whole: Whole) -> Response:
        """The answer in the dialect's words."""

    async def _pump(self, send: Send) -> None:
        answer = await whole(self._rendering.tape)
        response = refusal(answer) if isinstance(answer, Failed) else self.spell(answer)
        response.raw_headers += [
            header for header in self.raw_headers if header[0].startswith(b"ratelimit-")
        ]
        await send_whole(send, response)


async def whole(tape: Tape) -> Whole | Failed:
    """Waits for the end."""
    texts: list[str] = []
    others: list[Event] = []
    seq = -1
    while True:
        entries = await tape.read(seq, READ_LIMIT, IDLE_S)
        if not entries and await tape.ended():
            return Failed(tape.label.message_id, "INTERNAL", CODES["INTERNAL"].message)
        for entry in entries:
            if isinstance(entry.event, Failed):
                return entry.event
            if isinstance(entry.event, Completed | Stopped):
                return Whole("".join(texts), entry.event, tuple(others))
            if isinstance(entry.event, Text):
                texts.append(entry.event.content)
            else:
                others.append(entry.event)
        seq += len(entries)


def refusal(failed: Failed) -> Response:
    """The error that a run ended with, as an answer."""
    after_s = failed.retry_after_s
    headers = {} if after_s is None else {"Retry-After": str(after_s)}
    return error_response(CODES[failed.code].status, failed.code, failed.message, headers)


async def send_whole(send: Send, response: Response) -> None:
    """Head and body at once, past the response's own `__call__`, which a subclass has taken."""
    head = {"status": response.status_code, "headers": response.raw_headers}
    await send({"type": "http.response.start", **head})
    await send({"type": "http.response.body", "body": bytes(response.body)})
