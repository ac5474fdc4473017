"""Which headers a scenario or a request may choose for an answer. Pure."""

import re

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9a-z-]+")
"""In lower case (RFC 9110, 5.6.2)."""
_FRAMING = ("content-length", "transfer-encoding", "connection")
"""They say where the body ends, and what becomes of the connection."""


def header_problem(name: str, content: str) -> str:
    """Why that header can't be chosen; empty: it can. `name` is in lower case."""
    if _NAME.fullmatch(name) is None:
        return f"header {name!r} is no name by RFC 9110"
    if name in _FRAMING:
        return f"header {name!r} is the mock's own"
    if not (content.isascii() and content.isprintable()):
        return f"header {name!r} is not printable ASCII"
    return ""
