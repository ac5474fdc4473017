"""The model's server, through the `openai` package: raw bytes of its stream, parsed by ourselves.

The package's typed stream costs 74 µs a chunk and hides a truncated answer; see docs/decisions.
Every failure leaves here as an `UpstreamFault` with its own code.
"""

import asyncio
import logging
import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from ipaddress import ip_address
from typing import Any, Protocol, Self
from urllib.request import getproxies, proxy_bypass

import httpx2
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    OpenAIError,
)

from tokentape.errors import UpstreamFault
from tokentape.event_stream import TooLong
from tokentape.runs.answer_forms import AnswerForm, form_of, no_stream, read_json
from tokentape.runs.asides import Asides
from tokentape.runs.deltas import Deltas
from tokentape.runs.events import Aside
from tokentape.runs.http_transport import READS, Transport, UpstreamConnection
from tokentape.runs.redaction import Redaction, strings_of
from tokentape.runs.sse_frames import Frames
from tokentape.runs.upstream_errors import Cause, UpstreamFailure, cause_of
from tokentape.runs.upstream_failures import fault_of
from tokentape.settings import Settings

log = logging.getLogger("tokentape.upstream")

CONNECT_TIMEOUT_S = 5.0
LAST_BYTES_S = 0.02
USAGE_S = 2.0
"""How long the usage is waited for after the finish."""
BODY_MAX_BYTES = 8_000_000
"""Of a body that is no event stream."""
MODELS_TTL_S = 300.0
MODELS_TIMEOUT_S = 10.0
MODELS_RETRY_S = 5.0
"""After a list that could not be had, the one before it stands for so long."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What is asked of the model; None leaves the choice to the upstream."""

    model: str
    messages: Sequence[dict[str, Any]]
    max_tokens: int | None = None
    temperature: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the request, sent as they are."""


OnTexts = Callable[[list[str], int], Awaitable[None]]
"""Is given the chunks of one socket read, and when it returned (CLOCK_MONOTONIC, ns)."""

OnAsides = Callable[[list[Aside], int], Awaitable[None]]
"""Is given what is said beside the text, likewise; in order with the texts."""


class Source(Protocol):
    """A body that is read piece by piece."""

    at_ns: int
    """When the latest piece came (CLOCK_MONOTONIC)."""

    async def read(self) -> bytes:
        """The next piece; empty at the end. Raises `httpx2.HTTPError`."""


class Decoded:
    """A body that is read through the client, since it is compressed or came by a proxy."""

    def __init__(self, response: httpx2.Response) -> None:
        self.at_ns = 0
        self._pieces = response.aiter_bytes()

    async def read(self) -> bytes:
        async for piece in self._pieces:
            self.at_ns = time.monotonic_ns()
            if piece:
                return piece
        return b""


class Answer:
    """One streamed answer: `read` gives its text away, afterwards the rest is known."""

    def __init__(self, client: AsyncOpenAI, request: ModelRequest, settings: Settings) -> None:
        self._client = client
        self._request = request
        self._first_s = settings.upstream_first_token_timeout_s
        self._stall_s = settings.upstream_stall_timeout_s
        self._usage_s = min(USAGE_S, self._stall_s)
        self._deltas = Deltas()
        self._frames = Frames()
        self._response: httpx2.Response | None = None

    @property
    def finish_reason(self) -> str:
        return self._deltas.finish_reason or "stop"

    @property
    def total_tokens(self) -> int:
        deltas = self._deltas
        return max(
            deltas.total_tokens or deltas.prompt_tokens + deltas.chunks, deltas.prompt_tokens
        )

    @property
    def prompt_tokens(self) -> int:
        return self._deltas.prompt_tokens

    @property
    def model(self) -> str:
        return self._deltas.model or self._request.model

    async def read(self, on_texts: OnTexts, on_asides: OnAsides | None = None) -> None:
        """Give each socket read's text away until the answer is whole; reasoning and tool calls
        too where somebody takes them.

        Raises `UpstreamFault`, also after text. Cancelled, it closes the request at once.
        """
        if on_asides:
            self._deltas.asides = Asides()
            on_texts = in_order(self._deltas.asides, on_texts, on_asides)
        try:
            await self._read(on_texts)
            rest = self._deltas.rest()
            if rest or self._deltas.asides:
                await on_texts([rest] if rest else [], time.monotonic_ns())
            self._deltas.verdict(self._frames.stray)
        except UpstreamFailure as failure:
            raise fault_of(self._within(failure), self._redaction()) from None

    async def _read(self, on_texts: OnTexts) -> None:
        """Until the answer has ended, well or not. Raises `UpstreamFailure` for what breaks it."""
        silence: Silence | None = None
        try:
            async with (
                asyncio.timeout(None) as limit,
                Silence(limit, self._first_s) as silence,
                self._open() as response,
            ):
                self._response = response
                await self._follow(source_of(response), silence, on_texts)
        except (TimeoutError, TooLong, OpenAIError, httpx2.HTTPError) as error:
            # What breaks after the finish reason has taken nothing from the answer.
            if not self._deltas.ended:
                silent = isinstance(error, TimeoutError)
                raise (self._silent(silence) if silent else failure_of(error)) from None

    async def _follow(self, source: Source, silence: "Silence", on_texts: OnTexts) -> None:
        deltas, frames = self._deltas, self._frames
        data = await self._begin(source, on_texts)
        while data:
            texts = deltas.texts(frames.feed(data))
            if texts or deltas.asides:
                await on_texts(texts, source.at_ns)
            if deltas.fault:
                raise deltas.fault
            if deltas.ended:
                if deltas.done:
                    break
                # The usage may follow; some servers then keep the connection open.
                silence.broken(LAST_BYTES_S if deltas.counted else self._usage_s)
            elif deltas.worked:
                silence.broken(self._stall_s if deltas.begun else self._first_s)
            else:
                silence.only_life = True
            data = await source.read()
        # What follows is the end of the body, nearly always read already: taking it too lets the
        # connection be used again.
        silence.broken(LAST_BYTES_S)
        while await source.read():
            pass

    async def _begin(self, source: Source, on_texts: OnTexts) -> bytes:
        """The first bytes of an event stream; nothing where the answer was of another form."""
        assert self._response is not None  # noqa: S101  # for the type checker
        kind = self._response.headers.get("content-type", "")
        begin, form = b"", None
        while form is None:
            data = await source.read()
            begin += data
            form = form_of(begin, kind, ended=not data)
        if form is AnswerForm.EVENTS:
            return begin
        while len(begin) < BODY_MAX_BYTES and (data := await source.read()):
            begin += data
        if form is AnswerForm.OTHER:
            raise no_stream(begin, kind)
        texts = read_json(begin, self._deltas)
        if texts or self._deltas.asides:
            await on_texts(texts, source.at_ns)
        if self._deltas.fault:
            raise self._deltas.fault
        return b""

    def _within(self, failure: UpstreamFailure) -> UpstreamFailure:
        """With what the HTTP answer says, where there is one."""
        response = self._response
        if response is not None:
            failure.cause = failure.cause.in_answer(response.status_code, response.headers)
        return failure

    def _silent(self, silence: "Silence | None") -> UpstreamFailure:
        begun = self._deltas.begun
        limit_s = self._stall_s if begun else self._first_s
        late = "in mid-answer" if begun else "before the first token"
        lead = f"The model's server went silent {late}: no sign of work in {limit_s:g} s"
        if silence and silence.only_life:
            lead += ", only keep-alives"
        return UpstreamFailure("UPSTREAM_TIMEOUT", Cause(), lead)

    def _redaction(self) -> Redaction:
        request = self._request
        prompt = strings_of([request.messages, dict(request.more)])
        return Redaction((self._client.api_key,), prompt, allowed=request.model)

    def _open(self) -> AbstractAsyncContextManager[httpx2.Response]:
        request = self._request
        body: dict[str, Any] = {
            "model": request.model,
            "messages": request.messages,
            "stream": True,
            "stream_options": {"include_usage": True},
            **request.more,
        }
        if request.max_tokens is not None:
            body["max_tokens"] = request.max_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return _opened(self._client, body)


@asynccontextmanager
async def _opened(client: AsyncOpenAI, body: dict[str, Any]) -> AsyncIterator[httpx2.Response]:
    """The package's raw response, asked for by path: its typed method spends half a millisecond on
    turning plain dicts into plain dicts."""
    headers = {"X-Stainless-Raw-Response": "stream", "Accept-Encoding": "identity"}
    response = await client.post(
        "/chat/completions", cast_to=httpx2.Response, body=body, options={"headers": headers}
    )
    try:
        yield response
    finally:
        await response.aclose()


def in_order(asides: Asides, on_texts: OnTexts, on_asides: OnAsides) -> OnTexts:
    """Gives what was said beside the texts of a read away between them, where it was said."""

    async def give(texts: list[str], at_ns: int) -> None:
        start = 0
        for at, some in asides.drain():
            if at > start:
                await on_texts(texts[start:at], at_ns)
                start = at
            await on_asides(some, at_ns)
        if start < len(texts):
            await on_texts(texts[start:], at_ns)

    return give


def source_of(response: httpx2.Response) -> Source:
    """With as little between socket and caller as can be."""
    connection = response.extensions.get(READS)
    if isinstance(connection, UpstreamConnection) and "content-encoding" not in response.headers:
        return connection
    return Decoded(response)


class Silence:
    """Makes a timeout strike after a silence, with one timer for many words instead of one each."""

    def __init__(self, limit: asyncio.Timeout, first_s: float) -> None:
        self.only_life = False
        """Something came since the latest sign of work, but nothing of the answer."""
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + first_s

    async def __aenter__(self) -> Self:
        self._timer = self._loop.call_at(self._until, self._check)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()

    def broken(self, next_s: float) -> None:
        """Something was heard; the next must come within `next_s`."""
        self._until = self._loop.time() + next_s
        if self._until < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self._until, self._check)

    def _check(self) -> None:
        if self._loop.time() >= self._until:
            self._limit.reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_at(self._until, self._check)


class Upstream:
    """The client of one process, shared by all runs: no retries, no time limits of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        key = settings.openai_api_key
        url, tls = settings.upstream_url, _trust()
        self._client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else "none",
            base_url=url,
            max_retries=0,
            http_client=httpx2.AsyncClient(
                verify=tls,
                transport=None if _by_proxy(url) else Transport(tls, CONNECT_TIMEOUT_S),
                timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=200),
                trust_env=not _on_loopback(url),
                follow_redirects=True,
            ),
            timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S),
        )
        self._models: tuple[str, ...] = ()
        self._models_until = 0.0
        self._listing = asyncio.Lock()

    @property
    def client(self) -> AsyncOpenAI:
        """For what else the API offers."""
        return self._client

    def answer(self, request: ModelRequest) -> Answer:
        """An answer to be read; nothing is asked before."""
        return Answer(self._client, request, self._settings)

    async def models(self) -> tuple[str, ...]:
        """The upstream's model list, cached; empty when it can't be had."""
        loop = asyncio.get_running_loop()
        if loop.time() < self._models_until:
            return self._models
        async with self._listing:
            if loop.time() < self._models_until:
                return self._models
            try:
                async with asyncio.timeout(MODELS_TIMEOUT_S):
                    listed = [model.id async for model in self._client.models.list()]
            except (OpenAIError, httpx2.HTTPError, TimeoutError, ValueError) as error:
                log.warning("upstream's model list can't be had: %s", type(error).__name__)
                self._models_until = loop.time() + MODELS_RETRY_S
                return self._models
            self._models = tuple(listed)
            self._models_until = loop.time() + MODELS_TTL_S
            return self._models

    async def close(self) -> None:
        """Cut all connections."""
        await self._client.close()


def failure_of(error: Exception) -> UpstreamFailure:
    """What an exception of the client means."""
    if isinstance(error, APIStatusError):
        response = error.response
        return UpstreamFailure.of(
            cause_of(error.body).in_answer(response.status_code, response.headers)
        )
    if isinstance(error, APITimeoutError):
        return UpstreamFailure("UPSTREAM_TIMEOUT", Cause())
    if isinstance(error, TooLong):
        return UpstreamFailure("UPSTREAM_MALFORMED", Cause(message="an event without an end"))
    inner = error.__cause__ if isinstance(error, APIConnectionError) and error.__cause__ else error
    cause = Cause(message=f"{type(inner).__name__}: {inner}", private=True)
    if isinstance(inner, httpx2.TooManyRedirects):
        return UpstreamFailure(
            "UPSTREAM_REFUSED", cause, "The model's server redirects without an end"
        )
    malformed = isinstance(inner, httpx2.DecodingError)
    return UpstreamFailure("UPSTREAM_MALFORMED" if malformed else "UPSTREAM_LOST", cause)


def refusal_of(error: APIStatusError, redaction: Redaction) -> UpstreamFault:
    """Tell a refusal before the stream apart, and log what the upstream said."""
    return fault_of(failure_of(error), redaction)


@cache
def _trust() -> ssl.SSLContext:
    """The authorities that we trust: reading them takes longer than all else at a start."""
    return httpx2.create_ssl_context()


def _by_proxy(url: str) -> bool:
    """Does the environment name a proxy for the upstream? The client's own transport knows them."""
    host = httpx2.URL(url).host
    if _on_loopback(url) or proxy_bypass(host):
        return False
    proxies = getproxies()
    return bool(proxies.get(httpx2.URL(url).scheme) or proxies.get("all"))


def _on_loopback(url: str) -> bool:
    """A proxy named in the environment has no business with this machine's own mock."""
    host = httpx2.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
