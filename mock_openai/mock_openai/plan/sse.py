"""Server-sent events as OpenAI writes them: one `data:` line, one blank line."""

DONE = b"data: [DONE]\n\n"
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


def comment(text: str) -> bytes:
    """A comment, as proxies and servers send between events: clients read over it."""
    return f": {text}\n\n".encode()


KEEP_ALIVE = comment("keep-alive")
"""What the fault `keep-alive` sends. What a profile sends is its own, as its server spells it."""
