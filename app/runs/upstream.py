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
from typing import Any, Self
from urllib.request import getproxies, proxy_bypass

import httpx2
from openai import (
    APIConnectionError,
    APIStatusError,
    APITimeoutError,
    AsyncOpenAI,
    OpenAIError,
)

from app.errors import UpstreamFault
from app.runs.deltas import Deltas, code_of
from app.runs.sse_frames import Frames, FrameTooLong
from app.runs.transport import READS, Connection, Transport
from app.settings import Settings

log = logging.getLogger("tokentape.upstream")

CONNECT_TIMEOUT_S = 5.0
LAST_BYTES_S = 0.02
MODELS_TTL_S = 300.0
MODELS_TIMEOUT_S = 10.0
MODELS_RETRY_S = 5.0
"""After a list that could not be had, the one before it stands for so long."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the model; None leaves the choice to the upstream."""

    model: str
    messages: Sequence[dict[str, Any]]
    max_tokens: int | None = None
    temperature: float | None = None
    more: Mapping[str, Any] = field(default_factory=dict)
    """Further fields of the request, sent as they are."""


Take = Callable[[list[str], int], Awaitable[None]]
"""Is given the chunks of one socket read, and when it returned (CLOCK_MONOTONIC, ns)."""


class Answer:
    """One streamed answer: `read` gives its text away, afterwards the rest is known."""

    def __init__(self, client: AsyncOpenAI, request: Request, settings: Settings) -> None:
        self._client = client
        self._request = request
        self._first_s = settings.upstream_first_token_timeout_s
        self._stall_s = settings.upstream_stall_timeout_s
        self._deltas = Deltas()

    @property
    def finish_reason(self) -> str:
        return self._deltas.finish_reason or "stop"

    @property
    def total_tokens(self) -> int:
        tokens = self._deltas.total_tokens
        return self._deltas.chunks if tokens is None else tokens

    @property
    def prompt_tokens(self) -> int:
        return self._deltas.prompt_tokens

    @property
    def model(self) -> str:
        return self._deltas.model or self._request.model

    async def read(self, take: Take) -> None:
        """Give each socket read's text to `take` until the answer is whole.

        Raises `UpstreamFault`, also after text. Cancelled, it closes the request at once.
        """
        deltas = self._deltas
        try:
            async with (
                asyncio.timeout(None) as limit,
                Silence(limit, self._first_s) as silence,
                self._open() as response,
            ):
                kind = response.headers.get("content-type", "")
                if not kind.startswith("text/event-stream"):
                    log.warning("upstream answered a stream with content type %r", kind)
                    raise UpstreamFault("UPSTREAM_MALFORMED")
                frames, reads = Frames(), reads_of(response)
                async for data, at_ns in reads:
                    texts = deltas.texts(frames.feed(data))
                    if texts:
                        silence.broken(self._stall_s)
                        await take(texts, at_ns)
                    if deltas.fault:
                        raise deltas.fault
                    if deltas.done:
                        break
                # What follows is the end of the body, nearly always read already: taking it too
                # lets the connection be used again.
                silence.broken(LAST_BYTES_S)
                async for _ in reads:
                    pass
        except TimeoutError:
            if deltas.finish_reason is None:
                late = "in mid-answer" if deltas.chunks else "before the first token"
                message = f"The model's server went silent {late}."
                raise UpstreamFault("UPSTREAM_TIMEOUT", message) from None
        except FrameTooLong:
            raise UpstreamFault("UPSTREAM_MALFORMED") from None
        except APIStatusError as error:
            raise refusal_of(error) from None
        except APITimeoutError:
            raise UpstreamFault("UPSTREAM_TIMEOUT") from None
        except (APIConnectionError, httpx2.HTTPError) as error:
            # A connection that breaks after the finish reason has taken nothing from the answer.
            if deltas.finish_reason is None:
                log.warning("upstream connection lost: %s", type(error).__name__)
                raise UpstreamFault("UPSTREAM_LOST") from None
        if deltas.finish_reason is None:
            raise UpstreamFault("UPSTREAM_TRUNCATED")

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


async def reads_of(response: httpx2.Response) -> AsyncIterator[tuple[bytes, int]]:
    """The body's bytes and when they came, with as little between socket and caller as can be."""
    connection = response.extensions.get(READS)
    if isinstance(connection, Connection) and "content-encoding" not in response.headers:
        while data := await connection.read():
            yield data, connection.at_ns
    else:
        async for data in response.aiter_bytes():
            yield data, time.monotonic_ns()


class Silence:
    """Makes a timeout strike after a silence, with one timer for many words instead of one each."""

    def __init__(self, limit: asyncio.Timeout, first_s: float) -> None:
        self._limit = limit
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + first_s

    async def __aenter__(self) -> Self:
        self._timer = self._loop.call_at(self._until, self._look)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._timer.cancel()

    def broken(self, next_s: float) -> None:
        """Something was heard; the next must come within `next_s`."""
        self._until = self._loop.time() + next_s
        if self._until < self._timer.when():
            self._timer.cancel()
            self._timer = self._loop.call_at(self._until, self._look)

    def _look(self) -> None:
        if self._loop.time() >= self._until:
            self._limit.reschedule(self._loop.time())
        else:
            self._timer = self._loop.call_at(self._until, self._look)


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

    def answer(self, request: Request) -> Answer:
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


def refusal_of(error: APIStatusError) -> UpstreamFault:
    """Tell a refusal before the stream apart; what the upstream said stays in the log."""
    log.warning("upstream refused with %d, request %s", error.status_code, error.request_id)
    if error.status_code == 429:
        return UpstreamFault("UPSTREAM_RATE_LIMIT")
    if error.status_code in (408, 504):
        return UpstreamFault("UPSTREAM_TIMEOUT")
    return UpstreamFault(code_of(error.body))


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
