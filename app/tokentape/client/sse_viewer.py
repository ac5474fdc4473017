"""A viewer over HTTP: each turn is a request whose answer is a stream of server-sent events."""

import re
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from functools import partial
from typing import Self

from tokentape.client.answer_head import Glimpse
from tokentape.client.decoders import decoder_for
from tokentape.client.failures import Lost, Silent
from tokentape.client.http_connection import HttpCall, HttpConnection
from tokentape.client.notices import early_end, head_notice, skipped_error
from tokentape.client.requests import Requests, content_of
from tokentape.client.sse import ServerSentEvent
from tokentape.client.sse_client import SSEClient, SSEOptions
from tokentape.client.turn import Turn, values_for
from tokentape.contract.contract import Contract, Json, RequestTemplate
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Malformed, Seen, see, see_close
from tokentape.contract.violations import Cause
from tokentape.json_depth import read_json

_CONNECT_S = 20.0
DONE = "[DONE]"
"""The end as OpenAI writes it; it is no JSON."""

_HALF = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


class SSEViewer:
    """Sees answers by one contract whose transport is `sse`. Times are stamped at the read.

    `linger_s` is how long it looks on after the end, should the server not close the stream.
    """

    def __init__(
        self,
        url: str,
        contract: Contract,
        *,
        headers: Mapping[str, str] | None = None,
        query: Sequence[tuple[str, str]] = (),
        read_timeout_s: float | None = 60.0,
        linger_s: float = 1.0,
        watch: Callable[[bytes, int], None] | None = None,
    ) -> None:
        self.contract = contract
        self.timeline: list[Seen] = []
        self.started_ns = 0
        self.noticed: list[Difference] = []
        self.request: Json = None
        self._glimpse: Glimpse | None = None
        self._line = HttpConnection(connect_s=_CONNECT_S, silence_s=read_timeout_s)
        self._requests = Requests(url, self._line, headers, query)
        self._options = SSEOptions(
            max_retries=0,
            silence=read_timeout_s,
            ends=self._is_end,
            linger=linger_s if contract.close == "free" else read_timeout_s or linger_s,
            skip_repeated=False,
            require_type=False,
            decoder=partial(decoder_for, contract),
            watch=watch,
        )
        self._client: SSEClient | None = None
        self._values: dict[str, Json] = {}

    @property
    def glimpse(self) -> Glimpse | None:
        """The head of the latest answer, and its first bytes."""
        return self._client.glimpse if self._client is not None else self._glimpse

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.drop()
        await self._line.close()

    async def ask(self, turn: Turn) -> AsyncIterator[Seen]:
        self.timeline, self.noticed = [], []
        self._values = values_for(self.contract, turn)
        asked = False
        for request in self.contract.before:
            if not request.taken(self._values):
                self._begin(asked=asked)
                asked = asked or request.carries_question
                self._values.update(await self._requests.prepare(request, self._values))
        self._begin(asked=asked)
        async for seen in self._stream(self.contract.start):
            yield seen

    def _begin(self, *, asked: bool) -> None:
        """The answer's time begins with the request that carries the question."""
        if not asked:
            self.started_ns = time.monotonic_ns()

    async def resume(self, run: str, last_seq: int, turn: Turn) -> AsyncIterator[Seen]:
        self._values = {**turn.values(), **self._values, "run": run}
        self._values["seq"] = last_seq if last_seq >= 0 else None  # from the first event on
        self.started_ns = self.started_ns or time.monotonic_ns()
        async for seen in self._stream(self.contract.resume):
            yield seen

    async def stop(self) -> None:
        """Asks once the run's id is known; before that there is nothing to name."""
        if isinstance(self.contract.stop, RequestTemplate) and self._values.get("run"):
            async with self._line.asked(self._spell(self.contract.stop)) as answer:
                await content_of(answer)

    async def drop(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            self._glimpse = client.glimpse
            await client.disconnect()

    async def _stream(self, call: object) -> AsyncIterator[Seen]:
        if not isinstance(call, RequestTemplate):
            raise TypeError(f"{self.contract.key} has no request for this")
        await self.drop()
        first_read = self.timeline[-1].read + 1 if self.timeline else 0
        begun: int | None = None
        spelled = self._spell(call)
        if self.contract.framing == "ndjson":
            spelled = spelled.with_defaults(Accept="application/x-ndjson, application/json;q=0.9")
        client = self._client = SSEClient(spelled, self._options, line=self._line)
        client.on("open", lambda: self._notice(client, spelled))
        try:
            async with client:
                async for arrival in client:
                    begun = arrival.read if begun is None else begun
                    if arrival.event.event in self.contract.ignored:
                        continue
                    seen = see_event(
                        self.contract,
                        arrival.event,
                        at_ns=arrival.at_ns,
                        since_ns=arrival.since_ns,
                        read=first_read + arrival.read - begun,
                    )
                    self.timeline.append(seen)
                    self._remember(seen)
                    yield seen
        except Lost as lost:
            closed = self._closed(lost, client)
            if closed is None:
                self._ended_early(lost, client.unfinished, client.skipped)
            else:
                self.timeline.append(closed)
                yield closed
        if client.skipped is not None and self.timeline:
            found = skipped_error(*client.skipped)
            self.noticed += [found] if found else []
        if client.unclosed is not None and self.contract.close == "follows":
            self._unclosed(client.unclosed)

    def _closed(self, lost: Lost, client: SSEClient) -> Seen | None:
        """The close as the answer's end, where it is one and nothing was cut off."""
        if isinstance(lost, Silent) or lost.__cause__ is not None or client.unfinished:
            return None
        read = self.timeline[-1].read + 1 if self.timeline else 0
        return see_close(self.contract, at_ns=time.monotonic_ns(), read=read)

    def _notice(self, client: SSEClient, call: HttpCall) -> None:
        self._requests.cookies.store(client.set_cookies)
        coding = client.glimpse.header("content-encoding") if client.glimpse else ""
        offered = call.header("accept-encoding") is not None
        place, content_type = len(self.timeline), client.content_type or ""
        found = head_notice(
            self.contract.framing, content_type, coding, place, coding_offered=offered
        )
        self.noticed += [found] if found else []

    def _ended_early(self, lost: Lost, unfinished: str, skipped: tuple[int, str] | None) -> None:
        """A stream that breaks off is a short timeline; here is how it came to be one."""
        about: Cause
        if isinstance(lost, Silent):
            message = f"nothing came any more ({lost}), and the connection stayed open"
            about = "silent"
        else:
            message = f"the stream ended without a terminal event: {lost}"
            about = "lost" if lost.__cause__ is not None else ""
        self.noticed.append(early_end(message, about, len(self.timeline), unfinished, skipped))

    def _unclosed(self, unclosed: Exception) -> None:
        message = f"the connection was lost behind the end: {unclosed}"
        if isinstance(unclosed, TimeoutError):
            message = "the end came, and the connection stayed open: clients wait for its close"
        found = Difference("missing_end", len(self.timeline), message, about="never closed")
        self.noticed.append(found)

    def _remember(self, seen: Seen) -> None:
        if seen.run:
            self._values["run"] = seen.run

    def _is_end(self, event: ServerSentEvent) -> bool:
        return see_event(self.contract, event, at_ns=0, read=0).end is not None

    def _spell(self, request: RequestTemplate) -> HttpCall:
        call, body = self._requests.call_of(request, self._values)
        if request is self.contract.start:
            self.request = body
        return call


def see_event(
    contract: Contract,
    event: ServerSentEvent,
    *,
    at_ns: int,
    read: int,
    since_ns: int | None = None,
) -> Seen:
    """Read one server-sent event by a contract. `[DONE]` stays the text that it is, and in quotes
    it is not the end."""
    return see(
        contract,
        event.event,
        payload_of(event),
        at_ns=at_ns,
        event_id=event.id,
        read=read,
        since_ns=since_ns,
    )


def payload_of(event: ServerSentEvent) -> Json:
    """What an event carries; `Malformed` where it is no JSON."""
    if event.bare:
        return None
    if event.not_utf8:
        problem = f"not UTF-8: bytes that are no character, near {_near(event.data)}"
        return Malformed(event.data, problem, "not UTF-8")
    if event.data == DONE:
        return event.data
    payload: Json
    try:
        payload = read_json(event.data)
    except ValueError as error:
        payload = _unread(event.data, error)
    if payload == DONE:
        problem = "the end is written in quotes, where a bare [DONE] is due"
        payload = Malformed(event.data, problem, "end mark")
    return payload


def _unread(data: str, error: Exception) -> Malformed:
    """A frame that is no JSON, with what its author may have done."""
    bare = data.strip()
    if bare.strip("[]\"' ").upper() == "DONE":
        return Malformed(data, f"the end is written as {data!r}, where [DONE] is due", "end mark")
    problem = f"not JSON: {error}"
    if _HALF.search(data):
        problem = f"half a character, as \\ud83d without its other half: {error}"
    elif bare.startswith(("data:", "event:")):
        problem = "a field within a field, as `data: data: …`: the frame was framed twice"
    elif bare.startswith(("{'", "[{'")):
        problem = "Python's way to write a dict, and no JSON: send json.dumps(…) of it"
    elif bare.startswith(("b'", 'b"')):
        problem = "Python's way to write bytes: decode them before they go into a text"
    elif "\n{" in bare or "\n[DONE]" in bare:
        problem = "two frames in one event: an empty line is missing between them"
    return Malformed(data, problem)


def _near(data: str) -> str:
    """The text around what stands for bytes that are no character."""
    place = data.find("\ufffd")
    return repr(data[max(0, place - 20) : place + 20])
