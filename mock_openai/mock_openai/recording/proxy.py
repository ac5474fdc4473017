"""`mock-openai record`: a proxy to a real server that writes each exchange as a scenario file."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from mock_openai.recording.recorded_exchange import Recorder

_LOG = logging.getLogger("mock_openai.record")
LARGEST_BODY = 32_000_000
LARGEST_RECORDED = 16_000_000
CONNECT_S = 30.0
READ_S = 600.0
_HOP_BY_HOP = frozenset(
    {
        "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding",
        "upgrade", "host", "content-length", "accept-encoding", "content-encoding",
    }
)  # fmt: skip


def recording_app(upstream: str, folder: Path) -> Starlette:
    """`upstream` ends with /v1, as the base URL that a client is given."""
    base = upstream.rstrip("/")

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        timeout = httpx2.Timeout(READ_S, connect=CONNECT_S)
        async with httpx2.AsyncClient(timeout=timeout, follow_redirects=False) as client:
            yield {"client": client}

    async def passed_on(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                return JSONResponse({"error": {"message": "The body is too large."}}, 413)
        path = request.url.path
        headers = {k.lower(): v for k, v in request.headers.items()}
        recorder = Recorder(path, bytes(body), headers, 0, query=request.url.query)
        client: httpx2.AsyncClient = request.state.client
        query = f"?{request.url.query}" if request.url.query else ""
        upstream_request = client.build_request(
            request.method,
            f"{base}{path.removeprefix('/v1')}{query}",
            headers={
                **{k: v for k, v in request.headers.items() if k.lower() not in _HOP_BY_HOP},
                "accept-encoding": "identity",
            },
            content=bytes(body) or None,
        )
        recorder.started_ns = time.monotonic_ns()
        try:
            answer = await client.send(upstream_request, stream=True)
        except httpx2.HTTPError as error:
            message = f"The upstream does not answer: {type(error).__name__}: {error}"
            return JSONResponse({"error": {"message": message, "type": "upstream"}}, 502)
        recorder.head_ns = time.monotonic_ns()
        recorder.status = answer.status_code
        recorder.answer_headers = {k.lower(): v for k, v in answer.headers.items()}
        headers = {k: v for k, v in answer.headers.items() if k.lower() not in _HOP_BY_HOP}
        return StreamingResponse(_through(answer, recorder, folder), answer.status_code, headers)

    methods = ["GET", "POST", "DELETE"]
    return Starlette(
        routes=[Route("/v1/{path:path}", passed_on, methods=methods)], lifespan=lifespan
    )


async def _through(
    answer: httpx2.Response, recorder: Recorder, folder: Path
) -> AsyncIterator[bytes]:
    """What comes is passed on as it comes; a client that goes away leaves no recording."""
    try:
        async for data in answer.aiter_raw():
            if recorder.size <= LARGEST_RECORDED:
                recorder.note(data, time.monotonic_ns())
            yield data
    except httpx2.HTTPError:
        recorder.ending = "sever"
    finally:
        await answer.aclose()
    recorder.end_ns = time.monotonic_ns()
    if recorder.size <= LARGEST_RECORDED:
        await asyncio.to_thread(_write, recorder, folder)
    if recorder.ending == "sever":
        raise ConnectionResetError("the upstream broke off")


def _write(recorder: Recorder, folder: Path) -> None:
    made = recorder.scenario()
    if made is None:
        return
    name, text = made
    # The name is made of a hash: nothing of the request can lead out of the folder.
    unfinished = folder / f".{name}.part"
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(folder / f"{name}.yaml")
    _LOG.info("%s", name)


def record(upstream: str, folder: Path, host: str, port: int, ready: Callable[[str], None]) -> None:
    """Until SIGTERM or SIGINT; `ready` is told the base URL when requests are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    config = uvicorn.Config(
        recording_app(upstream, folder), host=host, port=port, ws="none", access_log=False,
        log_level="warning", timeout_graceful_shutdown=1,
    )  # fmt: skip
    _ProxyServer(config, ready).run()


class _ProxyServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/v1")
