"""Files as strangers have them: what `curl` printed, JSON lines, a HAR, of one right answer."""

import json
from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from tests.unit.app.check.speakers import SPEAKERS, Wire, some_words
from tokentape.contract.contract import Json
from tokentape.contract.timeline import Seen, see

WORDS = some_words("file", 6)
CONTRACT, SPEAK = SPEAKERS["openai/sse"]
WIRE: Wire = SPEAK(WORDS, "completed")
"""One right answer of OpenAI's chat completions."""
Said = Sequence[tuple[str, Json]]
"""Events: names and payloads."""

URL = "https://api.example/v1/chat/completions?key=secret-1"


def data_of(payload: Json) -> str:
    return payload if isinstance(payload, str) else json.dumps(payload)


def sse(wire: Said = tuple(WIRE), end: str = "\n", comment: str = "") -> bytes:
    """The body of a stream, with this line end, and with a comment before each event."""
    frames = []
    for event, payload in wire:
        lines = [f": {comment}"] if comment else []
        lines += [f"event: {event}"] if event else []
        frames.append(end.join([*lines, f"data: {data_of(payload)}", "", ""]))
    return "".join(frames).encode()


def head(status: int = 200, end: str = "\r\n", **headers: str) -> bytes:
    named = {"content_type": "text/event-stream; charset=utf-8", **headers}
    lines = [f"HTTP/2 {status}", *(f"{k.replace('_', '-')}: {v}" for k, v in named.items())]
    return end.join([*lines, "", ""]).encode()


def json_lines(wire: Said = tuple(WIRE)) -> bytes:
    return "".join(f"{data_of(payload)}\n" for _, payload in wire).encode()


def timed_lines(wire: Said = tuple(WIRE), step_ms: float = 10.0) -> bytes:
    lines = (
        {"at_ms": number * step_ms, "event": event, "data": data_of(payload)}
        for number, (event, payload) in enumerate(wire, 1)
    )
    return "".join(f"{json.dumps(line)}\n" for line in lines).encode()


def har(*entries: Mapping[str, Json]) -> bytes:
    return json.dumps({"log": {"version": "1.2", "entries": list(entries)}}, indent=2).encode()


def entry(
    body: bytes | None = None,
    *,
    url: str = URL,
    status: int = 200,
    content_type: str = "text/event-stream",
    base64: bool = False,
    request: Json = None,
    size: int | None = None,
    **more: Json,
) -> dict[str, Json]:
    """An entry as Chrome and Firefox write it."""
    content: dict[str, Any] = {"mimeType": content_type}
    if body is not None:
        content["size"] = len(body) if size is None else size
        content["text"] = b64encode(body).decode() if base64 else body.decode()
        if base64:
            content["encoding"] = "base64"
    post = {"postData": {"mimeType": "application/json", "text": json.dumps(request)}}
    return {
        "startedDateTime": "2026-11-30T10:00:00.000Z",
        "request": {
            "method": "POST",
            "url": url,
            "headers": [{"name": "Authorization", "value": "Bearer sk-har-secret"}],
            **(post if request is not None else {}),
        },
        "response": {
            "status": status,
            "headers": [{"name": "Content-Type", "value": content_type}],
            "content": content,
        },
        **more,
    }


def messages(wire: Said = tuple(WIRE)) -> list[Json]:
    """As Chrome records an event stream: each message 50 ms after the one before."""
    began_s = 1_796_032_800.0  # 2026-11-30T10:00:00Z
    return [
        {
            "time": began_s + number * 0.05,
            "eventName": event or "message",
            "eventId": "",
            "data": data_of(payload),
        }
        for number, (event, payload) in enumerate(wire, 1)
    ]


def kinds(timeline: Sequence[Seen]) -> list[str | None]:
    return [seen.kind for seen in timeline]


DUE = [see(CONTRACT, event, payload, at_ns=0).kind for event, payload in WIRE]
