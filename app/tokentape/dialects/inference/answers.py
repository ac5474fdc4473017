"""The two ways in which `inference` answers over HTTP: a stream that may still be refused before
its first event, and the whole answer at once."""

from starlette.responses import JSONResponse, Response
from starlette.types import Send

from tokentape.dialects.inference import wire
from tokentape.dialects.whole import Whole, WholeAnswer, refusal, send_whole
from tokentape.runs.events import Failed
from tokentape.viewers.sse import RunStream


class ChunkStream(RunStream):
    """Holds the headers back until the first event is there: an answer that fails before it is an
    HTTP error. No longer than a heartbeat's time, after which the client must hear something."""

    async def _pump(self, send: Send) -> None:
        first = await self._rendering.tape.read(-1, 1, self._heartbeat_s)
        if first and isinstance(first[0].event, Failed):
            await send_whole(send, refusal(first[0].event))
        else:
            await super()._pump(send)


class WholeCompletion(WholeAnswer):
    """Tells the answer as one `chat.completion`."""

    def spell(self, whole: Whole) -> Response:
        label = self._rendering.tape.label
        return JSONResponse(wire.completion(label, whole.text, whole.terminal))
