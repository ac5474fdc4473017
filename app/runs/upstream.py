"""The model's server, through the `openai` package: raw bytes of its stream, parsed by ourselves.

The package's typed stream costs 74 µs a chunk and hides a truncated answer; see docs/decisions.
Every failure leaves here as an `UpstreamFault` with its own code.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

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
from app.settings import Settings

log = logging.getLogger("tokentape.upstream")

CONNECT_TIMEOUT_S = 5.0
MODELS_TTL_S = 300.0
MODELS_TIMEOUT_S = 10.0


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the model; None leaves the choice to the upstream."""

    model: str
    messages: Sequence[dict[str, Any]]
    max_tokens: int | None = None
    temperature: float | None = None


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
    def model(self) -> str:
        return self._deltas.model or self._request.model

    async def read(self, take: Take) -> None:
        """Give each socket read's text to `take` until the answer is whole.

        Raises `UpstreamFault`, also after text. Cancelled, it closes the request at once.
        """
        loop = asyncio.get_running_loop()
        deltas = self._deltas
        try:
            async with asyncio.timeout(self._first_s) as limit, self._open() as response:
                kind = response.headers.get("content-type", "")
                if not kind.startswith("text/event-stream"):
                    log.warning("upstream answered a stream with content type %r", kind)
                    raise UpstreamFault("UPSTREAM_MALFORMED")
                frames = Frames()
                async for data in response.iter_bytes():
                    at_ns = time.monotonic_ns()
                    texts = deltas.texts(frames.feed(data))
                    if texts:
                        limit.reschedule(loop.time() + self._stall_s)
                        await take(texts, at_ns)
                    if deltas.fault:
                        raise deltas.fault
                    if deltas.done:
                        break
        except TimeoutError:
            if deltas.finish_reason is None:
                late = "in mid-answer" if deltas.chunks else "before the first token"
                message = f"The model's server went silent {late}."
                raise UpstreamFault("UPSTREAM_TIMEOUT", message) from None
        except FrameTooLong:
            raise UpstreamFault("UPSTREAM_MALFORMED") from None
        except APIStatusError as error:
            raise _refusal(error) from None
        except APITimeoutError:
            raise UpstreamFault("UPSTREAM_TIMEOUT") from None
        except (APIConnectionError, httpx2.HTTPError) as error:
            # A connection that breaks after the finish reason has taken nothing from the answer.
            if deltas.finish_reason is None:
                log.warning("upstream connection lost: %s", type(error).__name__)
                raise UpstreamFault("UPSTREAM_LOST") from None
        if deltas.finish_reason is None:
            raise UpstreamFault("UPSTREAM_TRUNCATED")

    def _open(self) -> Any:
        # `Any`: the package types each argument as a union of TypedDicts; what callers send is
        # checked where it enters.
        request = self._request
        body: dict[str, Any] = {
            "model": request.model,
            "messages": request.messages,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if request.max_tokens is not None:
            body["max_tokens"] = request.max_tokens
        if request.temperature is not None:
            body["temperature"] = request.temperature
        return self._client.chat.completions.with_streaming_response.create(**body)


class Upstream:
    """The client of one process, shared by all runs: no retries, no time limits of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        key = settings.openai_api_key
        self._client = AsyncOpenAI(
            api_key=key.get_secret_value() if key else "none",
            base_url=settings.upstream_url,
            max_retries=0,
            http_client=httpx2.AsyncClient(
                timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=200),
                trust_env=not _on_loopback(settings.upstream_url),
                follow_redirects=True,
            ),
            timeout=httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S),
        )
        self._models: tuple[str, ...] = ()
        self._models_until = 0.0
        self._listing = asyncio.Lock()

    def answer(self, request: Request) -> Answer:
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
                return self._models
            self._models = tuple(listed)
            self._models_until = loop.time() + MODELS_TTL_S
            return self._models

    async def close(self) -> None:
        await self._client.close()


def _refusal(error: APIStatusError) -> UpstreamFault:
    """Tell a refusal before the stream apart; what the upstream said stays in the log."""
    log.warning("upstream refused with %d, request %s", error.status_code, error.request_id)
    if error.status_code == 429:
        return UpstreamFault("UPSTREAM_RATE_LIMIT")
    if error.status_code in (408, 504):
        return UpstreamFault("UPSTREAM_TIMEOUT")
    return UpstreamFault(code_of(error.body))


def _on_loopback(url: str) -> bool:
    """A proxy named in the environment has no business with this machine's own mock."""
    host = httpx2.URL(url).host
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
