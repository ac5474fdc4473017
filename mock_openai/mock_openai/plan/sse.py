"""Server-sent events as OpenAI writes them: one `data:` line, one blank line."""

DONE = b"data: [DONE]\n\n"
KEEP_ALIVE = b": keep-alive\n\n"
"""A comment, as proxies and servers send in a silence. Here only the fault `keep-alive` does."""
HEADERS = (
    ("content-type", "text/event-stream; charset=utf-8"),
    ("cache-control", "no-cache"),
    ("x-accel-buffering", "no"),
)


def event(payload: bytes, name: str = "") -> bytes:
    """One event; without a name it is a `message`."""
    if name:
        return b"event: " + name.encode() + b"\ndata: " + payload + b"\n\n"
    return b"data: " + payload + b"\n\n"
