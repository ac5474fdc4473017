"""VCR's cassettes as recordings: each interaction with an endpoint that the mock plays. Pure.

A cassette has no times: the first event is given 200 ms, each further one 20 ms.
https://vcrpy.readthedocs.io
"""

import base64
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from mock_openai.endpoints import ENDPOINTS
from mock_openai.recording.recorded_exchange import Recorder
from mock_openai.recording.redaction import Redaction

FIRST_NS = 200_000_000
BETWEEN_NS = 20_000_000
LARGEST_BODY = 16_000_000  # bytes, unpacked
_EVENT = b"\n\n"
_GZIP = b"\x1f\x8b"
Json = dict[str, Any]


def exchanges_of(document: Json, redaction: Redaction) -> Iterator[Recorder | str]:
    """For each interaction what was recorded, or why it can't be played."""
    for interaction in document["interactions"]:
        try:
            yield _exchange(interaction, redaction)
        except (KeyError, TypeError, AttributeError, ValueError, zlib.error) as error:
            yield f"it can't be read: {type(error).__name__}: {error}"


def _exchange(interaction: Json, redaction: Redaction) -> Recorder | str:
    request, response = interaction["request"], interaction["response"]
    address = urlsplit(str(request["uri"]))
    path = next((path for path in ENDPOINTS if _ends(address.path, path)), None)
    if path is None or request.get("method") != "POST":
        return f"{request.get('method')} {address.path} is not played"
    headers = _headers(request.get("headers"))
    recorder = Recorder(
        path, _bytes(request.get("body")), headers, 0, query=address.query, redaction=redaction
    )
    if recorder.request is None:
        return f"the mock would refuse the request for {address.path}"
    status = response["status"]
    recorder.status = status["code"] if isinstance(status, dict) else status
    recorder.answer_headers = _headers(response.get("headers"))
    recorder.head_ns = FIRST_NS
    body = _unpacked(_bytes(response.get("body")))
    at_ns = FIRST_NS
    for piece in _events(body) if recorder.streamed else [body]:
        recorder.note(piece, at_ns)
        at_ns += BETWEEN_NS
    recorder.end_ns = recorder.writes[-1][0] if recorder.writes else FIRST_NS
    return recorder


def _ends(address: str, path: str) -> bool:
    """Other servers have what stands behind /v1 at other places."""
    return address.endswith(path.removeprefix("/v1"))


def _headers(given: Any) -> dict[str, str]:
    """A cassette has a list of values for each name."""
    headers: dict[str, str] = {}
    for name, value in (given or {}).items():
        headers[name.lower()] = (
            ", ".join(map(str, value)) if isinstance(value, list) else str(value)
        )
    return headers


def _bytes(body: Any) -> bytes:
    if isinstance(body, dict):
        if "base64_string" in body:
            return base64.b64decode(body["base64_string"])
        body = body.get("string")
    if isinstance(body, str):
        return body.encode()
    return body or b""


def _unpacked(body: bytes) -> bytes:
    if not body.startswith(_GZIP):
        return body
    return zlib.decompressobj(wbits=zlib.MAX_WBITS | 16).decompress(body, LARGEST_BODY)


def _events(body: bytes) -> Iterator[bytes]:
    while body:
        event, end, body = body.partition(_EVENT)
        yield event + end
