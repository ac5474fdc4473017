"""The admin route that asks a real server once, and gives its answer as a scenario.

The key comes in a header, goes to that server alone, and is blanked wherever it comes back.
"""

import asyncio
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

import httpx2
import orjson
from starlette.requests import Request
from starlette.responses import Response

from mock_openai.errors import ApiError
from mock_openai.http.request_params import json_response, mock_of, object_of
from mock_openai.recording.recorded_exchange import Recorder
from mock_openai.recording.redaction import Redaction
from mock_openai.scenarios.loader import MOST_NAMES

KEY_HEADER = "x-upstream-key"
LARGEST_ANSWER = 16_000_000  # bytes
LONGEST_S = 300.0
LONGEST_ID = 100
CONNECT_S = 10.0
SILENCE_S = 120.0
MOST_AT_ONCE = 4
_PATH = "/v1/chat/completions"


async def record(request: Request) -> Response:
    """`{"upstream": "https://api.openai.com/v1", "request": {…}}`, the key in `X-Upstream-Key`: a
    real answer as a scenario.

    The scenario comes back as text; nothing is put. Who goes away ends it. An `"id"` of one's own
    lets one look at it meanwhile. It answers the same conversation alone; with `"match":
    "question"` whoever says the same last. `"redact"` names fields whose values are blanked.
    """
    given = await object_of(request)
    base, body = given.get("upstream"), given.get("request")
    if not isinstance(base, str) or not _is_address(base):
        raise ApiError(400, "'upstream' is a base URL such as https://api.openai.com/v1.",
                       "upstream")  # fmt: skip
    if not isinstance(body, dict):
        raise ApiError(400, "'request' is the body of a chat completion.", "request")
    recordings = mock_of(request).recordings
    if len(recordings) >= MOST_AT_ONCE:
        raise ApiError(429, f"{MOST_AT_ONCE} recordings are under way already.", None)
    name = given.get("id", secrets.token_hex(8))
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID or name in recordings:
        raise ApiError(400, f"'id' is a text of at most {LONGEST_ID} characters, not in use.", "id")
    recorder = _recorder({"stream": True, **body}, request.headers.get(KEY_HEADER, ""), given)
    recording = asyncio.create_task(_recorded(base.rstrip("/"), recorder))
    leaving = asyncio.create_task(_left(request))
    recordings[name] = recorder
    try:
        await asyncio.wait({recording, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not recording.done():
            return json_response({}, 499)
        return json_response(recording.result())
    finally:
        del recordings[name]
        recording.cancel()
        leaving.cancel()


async def recorded_so_far(request: Request) -> Response:
    """`?id=…`: how far a recording that is under way has come; `first_ms` is null before the first
    piece."""
    name = request.query_params.get("id", "")
    recorder = mock_of(request).recordings.get(name)
    if recorder is None:
        raise ApiError(404, "No recording of this 'id' is under way.", "id")
    return json_response(_progress(recorder))


def _progress(recorder: Recorder) -> dict[str, Any]:
    first = recorder.writes[0][0] - recorder.started_ns if recorder.writes else None
    return {
        "status": recorder.status,
        "writes": len(recorder.writes),
        "bytes": recorder.size,
        "first_ms": None if first is None else first / 1e6,
    }


def _is_address(url: str) -> bool:
    try:
        address = urlsplit(url)
        _ = address.port  # raises for one that is none
    except ValueError:
        return False
    return address.scheme in ("http", "https") and bool(address.hostname)


async def _left(request: Request) -> None:
    while not await request.is_disconnected():  # noqa: ASYNC110 - Starlette tells it in no other way
        await asyncio.sleep(0.1)


def _recorder(body: dict[str, Any], key: str, given: dict[str, Any]) -> Recorder:
    match, names = given.get("match", "conversation"), given.get("redact", [])
    if match not in ("conversation", "question"):
        raise ApiError(400, '\'match\' is "conversation" or "question".', "match")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names[:MOST_NAMES]):
        raise ApiError(400, "'redact' is a list of names.", "redact")
    headers = {"content-type": "application/json", "accept-encoding": "identity"}
    if key:
        headers["authorization"] = f"Bearer {key}"
    return Recorder(
        _PATH,
        orjson.dumps(body),
        headers,
        time.monotonic_ns(),
        redaction=Redaction(tuple(names[:MOST_NAMES])),
        by_digest=match == "conversation",
    )


async def _recorded(base: str, recorder: Recorder) -> dict[str, Any]:
    body, headers = recorder.body, recorder.headers
    key = headers.get("authorization", "").removeprefix("Bearer ")
    timeout = httpx2.Timeout(SILENCE_S, connect=CONNECT_S)
    try:
        async with asyncio.timeout(LONGEST_S), httpx2.AsyncClient(timeout=timeout) as client:
            url = f"{base}/chat/completions"
            async with client.stream("POST", url, content=body, headers=headers) as answer:
                recorder.head_ns = time.monotonic_ns()
                recorder.status = answer.status_code
                recorder.answer_headers = {k.lower(): v for k, v in answer.headers.items()}
                await _listen(recorder, answer)
    except TimeoutError as error:
        raise _failed(f"gave no whole answer in {LONGEST_S:g} s") from error
    except (httpx2.HTTPError, httpx2.InvalidURL, UnicodeEncodeError) as error:
        raise _failed(f"does not answer: {type(error).__name__}: {error}", key) from error
    recorder.end_ns = time.monotonic_ns()
    made = recorder.scenario()
    if made is None:
        raise ApiError(400, "'request' is no chat completion that the mock could play.", "request")
    name, text = made
    return {
        "name": name,
        "text": text,
        **_progress(recorder),
        "ending": recorder.ending,
        "end_ms": (recorder.end_ns - recorder.started_ns) / 1e6,
    }


async def _listen(recorder: Recorder, answer: httpx2.Response) -> None:
    try:
        async for data in answer.aiter_raw():
            recorder.note(data, time.monotonic_ns())
            if recorder.size > LARGEST_ANSWER:
                raise _failed(f"answers with more than {LARGEST_ANSWER:,} bytes")
    except httpx2.HTTPError:
        recorder.ending = "sever"


def _failed(how: str, key: str = "") -> ApiError:
    message = how.replace(key, "***") if key else how
    return ApiError(502, f"The upstream {message}.", "upstream", "mock_record", "server_error")
