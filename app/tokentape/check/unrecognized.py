"""What came: an answer in which no event could be recognised, by what it is instead: a JSON error,
an answer that is not streamed, an HTML page, lines of JSON, nothing at all. Pure.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tokentape.client.answer_head import Glimpse
from tokentape.client.http_connection import without_query
from tokentape.contract.contract import Json, pick
from tokentape.contract.error_fields import error_words, is_error
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen
from tokentape.contract.violations import Cause

_TITLE = re.compile(r"<title[^>]*>\s*(.{1,200}?)\s*</title>", re.IGNORECASE | re.DOTALL)
_HTML = re.compile(r"\s*<(!doctype|html|head|body)\b", re.IGNORECASE)
_COMPRESSED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
"""The first bytes of a body that nobody decompressed."""

_CODINGS = ("br", "zstd", "compress")
"""Codings that are not decompressed here."""


def recognised(timeline: Sequence[Seen]) -> bool:
    """Whether any event is one that the contract knows; an end alone is in many protocols."""
    return any(seen.kind is not None and seen.end != "completed" for seen in timeline)


def noticed_in(
    dialect: str,
    glimpse: Glimpse | None,
    timeline: Sequence[Seen],
    noticed: Sequence[Difference],
) -> tuple[Difference, ...]:
    """What was noticed, with the cause first where no event was recognised."""
    if glimpse is None or recognised(timeline) or any(one.kind == "refused" for one in noticed):
        return tuple(noticed)
    found = _another_protocol(dialect, timeline) if timeline else _cause(glimpse, noticed)
    if found is None:
        return tuple(noticed)
    # A compressed body is told as that, besides.
    rest = (one for one in noticed if one.kind != found.kind or one.about == "compressed")
    return (found, *rest)


def cause_of_status(status: int) -> Cause:
    """Why an HTTP status refused; empty where it says nothing."""
    if status in (401, 403, 407):
        return "no access"
    if status in (404, 405, 410):
        return "wrong place"
    if status == 429:
        return "limited"
    if 300 <= status < 400:
        return "redirect"
    if 400 <= status < 500:
        return "not understood"
    return "server failed" if status >= 500 else ""


def _cause(glimpse: Glimpse, noticed: Sequence[Difference]) -> Difference | None:
    body, coding = glimpse.body, glimpse.header("content-encoding").strip().lower()
    packed = next((name for magic, name in _COMPRESSED.items() if body.startswith(magic)), None)
    if packed is not None or (coding in _CODINGS and body):
        message = f"the body is compressed ({packed or coding}), and can't be read here"
        return Difference("wrong_content_type", 0, message, "compressed")
    if not body and any(one.about in ("silent", "lost") for one in noticed):
        return None
    if not body:
        message = f"an empty body{_with_status(glimpse)}"
        return Difference("missing_end", 0, message, "empty")
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "the body is UTF-16, and event streams are UTF-8"
        return Difference("wrong_content_type", 0, message, "not UTF-8")
    text = body.decode("utf-8", "replace").lstrip("\ufeff").strip()
    if _HTML.match(text):
        title = _TITLE.search(text)
        named = f", {' '.join(title[1].split())!r}" if title else ""
        message = f"an HTML page came{_with_status(glimpse)}{named}, and no stream"
        return Difference("wrong_content_type", 0, message, "html page")
    told, whole = _json_in(text, glimpse.more)
    if told is not None and is_error(told):
        words = ": ".join(filter(None, error_words(told))) or "without a word"
        status = f"an error in JSON{_with_status(glimpse)}, and no stream: {words}"
        return Difference("refused", 0, status, "json error")
    if not whole and told is not None:
        message = "lines of JSON came, not server-sent events: they have no `data: ` before them"
        return Difference("wrong_content_type", 0, message, "lines of JSON")
    if told is not None or (glimpse.more and text.startswith("{")):
        what = "a whole answer" if pick(told, "choices") or pick(told, "output") else "a whole body"
        message = f"{what} in JSON came, not a stream: `stream: true` was not heeded"
        return Difference("wrong_content_type", 0, message, "not streamed")
    if not glimpse.more and all(line.startswith(":") or not line for line in text.splitlines()):
        message = "only comments came (lines that begin with a colon), and no event"
        return Difference("missing_end", 0, message, "empty")
    return None


def _with_status(glimpse: Glimpse) -> str:
    return "" if glimpse.status is None else f" with status {glimpse.status}"


_SIGNS: Mapping[str, tuple[str, str]] = {
    "message_start": ("Anthropic's messages", "anthropic"),
    "response.created": ("OpenAI's responses", "openai-responses"),
    "text_completion": ("OpenAI's older completions", ""),
    "chat.completion.chunk": ("OpenAI's chat completions", "openai"),
    "RUN_STARTED": ("AG-UI", "ag-ui"),
    "text-start": ("the AI SDK's UI messages", "ai-sdk-ui"),
}
"""How streams of other protocols begin, by an event's name, `type` or `object`: what they are
called, and the dialect that they are here."""


def _another_protocol(dialect: str, timeline: Sequence[Seen]) -> Difference | None:
    what, speaks = protocol_of([(seen.event, seen.payload) for seen in timeline[:3]])
    if not what or speaks == dialect:
        return None
    choose = f": --dialect {speaks}" if speaks else ", which no dialect here is"
    return Difference("out_of_order", 0, f"what came is {what}{choose}", "another protocol")


def protocol_of(events: Iterable[tuple[str, Json]]) -> tuple[str, str]:
    """What a stream is called that begins with these events (names and payloads), and its dialect
    here, empty where it has none. Both are empty where nobody knows."""
    for event, payload in events:
        for sign in (event, pick(payload, "type"), pick(payload, "object")):
            if isinstance(sign, str) and sign in _SIGNS:
                return _SIGNS[sign]
    return "", ""


def _json_in(text: str, more: bool) -> tuple[Json, bool]:
    """The JSON that a body is, and whether all of it is one value; else its first line's."""
    try:
        return json.loads(text), True
    except (ValueError, RecursionError):
        pass
    lines = text.splitlines()
    if len(lines) > 1 or more:
        try:
            first = json.loads(lines[0])
        except (ValueError, RecursionError):
            return None, True
        return (first, False) if isinstance(first, dict) else (None, True)
    return None, True


_SECRET_HEADERS = frozenset({"set-cookie", "set-cookie2", "authorization", "cookie"})
_SHOWN_LINES, _SHOWN_COLUMNS = 24, 400


def head_lines(glimpse: Glimpse) -> Iterator[str]:
    """The head of an answer for people, without secrets; nothing of a body alone."""
    if glimpse.status is not None:
        yield f"HTTP status {glimpse.status}"
    for name, value in glimpse.headers:
        if name in _SECRET_HEADERS:
            value = "***"
        elif name == "location":
            value = without_query(value)
        yield f"{name}: {value}"


def raw_lines(glimpse: Glimpse) -> Iterator[str]:
    """The answer as it came, for people: its status, its headers, and how its body begins."""
    yield from head_lines(glimpse)
    if glimpse.status is not None:
        yield ""
    if not glimpse.body:
        yield "(no body)"
        return
    lines = glimpse.body.decode("utf-8", "backslashreplace").rstrip().splitlines()
    for line in lines[:_SHOWN_LINES]:
        yield line if len(line) <= _SHOWN_COLUMNS else f"{line[: _SHOWN_COLUMNS - 1]}…"
    if glimpse.more or len(lines) > _SHOWN_LINES:
        yield "…"
