"""Options of a check that are read one by one: headers and parameters of each request, places of
cuts, the form of a file. Pure."""

import re

from tokentape.check.could_not_run import CouldNotRun

_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""A header's name (RFC 9110, 5.1)."""

_OURS = frozenset(
    {"connection", "content-length", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that belong to the connection, which is ours."""


FRAMES = "frames"
"""What `--show` shows."""
FORMATS = ("sse", "jsonl", "har", "tape")
"""Of files that are judged without a server."""


def read_headers(given: tuple[str, ...]) -> dict[str, str]:
    """`Name: value` each. Raises `CouldNotRun`, which never repeats a value: it may be a secret."""
    headers: dict[str, str] = {}
    for number, one in enumerate(given, 1):
        name, colon, value = one.partition(":")
        name, value = name.strip(), value.strip()
        if not colon or not _NAME.fullmatch(name):
            place = f" (number {number})" if len(given) > 1 else ""
            raise CouldNotRun(f"--header{place}: write it as 'Name: value'.")
        if name.lower() in _OURS or name.lower().startswith("sec-websocket-"):
            raise CouldNotRun(f"--header {name}: it belongs to the connection, and is not yours.")
        if not value.isprintable() or not value.isascii():
            raise CouldNotRun(f"--header {name}: it has characters that no header may have.")
        if name.lower() in {before.lower() for before in headers}:
            raise CouldNotRun(f"--header {name}: it was given twice.")
        headers[name] = value
    return headers


def read_query(given: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """`name=value` each. Raises `CouldNotRun`, which never repeats a value."""
    query: list[tuple[str, str]] = []
    for number, one in enumerate(given, 1):
        name, equals, value = one.partition("=")
        if not equals or not name.strip():
            place = f" (number {number})" if len(given) > 1 else ""
            raise CouldNotRun(f"--query{place}: write it as name=value.")
        query.append((name.strip(), value))
    return tuple(query)


def read_places(given: tuple[str, ...]) -> tuple[int, ...]:
    """Numbers of events, with commas or spaces between them. Raises `CouldNotRun`."""
    words = [word for one in given for word in one.replace(",", " ").split()]
    for word in words:
        if not (word.isascii() and word.isdigit() and len(word) < 10):
            raise CouldNotRun(f"--cut-at {word}: an event's number is needed, such as 0 or 12.")
    return tuple(int(word) for word in words)


def read_format(name: str) -> str:
    """Raises `CouldNotRun`, with the names that there are."""
    if name not in FORMATS:
        raise CouldNotRun(f"--format {name!r}: it is none of {', '.join(FORMATS)}.")
    return name


def read_show(what: str) -> str:
    """Raises `CouldNotRun` for all but `frames`."""
    if what != FRAMES:
        raise CouldNotRun(f"--show {what!r}: there is {FRAMES} alone.")
    return what
