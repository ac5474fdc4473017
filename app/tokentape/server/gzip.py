"""Long JSON, gzipped for whoever takes it. What is streamed passes as it comes: not even its head
is held back.

https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import asyncio
import gzip
from dataclasses import dataclass, field

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokentape.access.foreign_pages import JSON

MIN_BYTES = 1_024
LEVEL = 6
APART_BYTES = 100_000
"""More than this is packed beside the loop: it would halt every stream for milliseconds."""


class Gzip:
    """ASGI: packs what is JSON, whole, and long enough; and takes what a client refuses out of its
    `Accept-Encoding`, since others look for the word alone."""

    def __init__(self, asgi: ASGIApp) -> None:
        self._asgi = asgi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._asgi(scope, receive, send)
            return
        accepted = Headers(scope=scope).getlist("accept-encoding")
        if not accepted:
            await self._asgi(scope, receive, send)
            return
        taken = taken_of(",".join(accepted))
        headers = [header for header in scope["headers"] if header[0] != b"accept-encoding"]
        headers.append((b"accept-encoding", ", ".join(taken).encode("latin-1")))
        packing = Packing(send, takes_gzip("gzip" in taken or "*" in taken, scope))
        await self._asgi({**scope, "headers": headers}, receive, packing.send)


def taken_of(header: str) -> list[str]:
    """The codings in an `Accept-Encoding` that are taken, without their weights."""
    taken, refused = [], set()
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        coding = coding.strip().removeprefix("x-")
        if not coding:
            continue
        if _weight(weight) > 0:
            taken.append(coding)
        else:
            refused.add(coding)
    if "*" in taken and "gzip" in refused:
        taken.remove("*")
    return [one for one in taken if one not in refused]


def takes_gzip(taken: bool, scope: Scope) -> bool:
    """Whether an answer to this request may be packed: one to HEAD has no body."""
    return taken and scope["method"] != "HEAD"


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1
    try:
        return float(value)
    except ValueError:
        return 0


@dataclass(slots=True)
class Packing:
    """One answer on its way."""

    forward: Send
    takes_gzip: bool
    head: Message | None = None
    body: bytearray = field(default_factory=bytearray)

    async def send(self, message: Message) -> None:
        """Pass it on, unless the answer is one to be packed, which goes out when it is whole."""
        if message["type"] == "http.response.start" and _is_long_json(message):
            message = {**message, "headers": list(message["headers"])}
            MutableHeaders(raw=message["headers"]).add_vary_header("Accept-Encoding")
            if self.takes_gzip:
                self.head = message
                return
        if self.head is None or message["type"] != "http.response.body":
            await self.forward(message)
            return
        self.body += message.get("body", b"")
        if message.get("more_body"):
            return
        packed = await _packed(bytes(self.body))
        headers = MutableHeaders(raw=self.head["headers"])
        headers["Content-Encoding"] = "gzip"
        headers["Content-Length"] = str(len(packed))
        await self.forward(self.head)
        await self.forward({"type": "http.response.body", "body": packed})


def _is_long_json(head: Message) -> bool:
    headers = Headers(raw=list(head.get("headers", ())))
    length = headers.get("content-length", "")
    if not length.isdigit() or int(length) < MIN_BYTES or "content-encoding" in headers:
        return False
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return JSON.fullmatch(kind) is not None


async def _packed(body: bytes) -> bytes:
    if len(body) < APART_BYTES:
        return gzip.compress(body, LEVEL, mtime=0)
    return await asyncio.to_thread(gzip.compress, body, LEVEL, mtime=0)
