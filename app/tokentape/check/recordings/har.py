"""HAR: what a browser saved of its network, with the streams that are in it. Pure.

Chrome, Firefox and others write it: https://w3c.github.io/web-performance/specs/HAR/Overview.html.
Beyond that, Chrome writes the events of an `EventSource` (`_eventSourceMessages`) and the frames of
a WebSocket (`_webSocketMessages`), each with its time.
"""

import re
from base64 import b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, unquote_plus, urlsplit

import orjson

from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.recordings.har_sockets import mappings_in, read_socket
from tokentape.check.recordings.json_lines import clock_ns
from tokentape.check.recordings.recording import RecordedAnswer, RecordedEvent
from tokentape.check.recordings.stream_log import read_body
from tokentape.client.http_connection import without_query
from tokentape.client.notices import is_event_stream
from tokentape.client.sse import ServerSentEvent
from tokentape.client.sse_viewer import payload_of
from tokentape.contract.contract import Contract, Emit, Json, pick

Entry = Mapping[str, Any]
_STREAMED = ("application/x-ndjson", "application/jsonl", "application/stream+json")
_NAMES_SHOWN = 8
_MISSING = 3
"""Bytes that a body may be shorter than its size: a byte order mark."""


def entries_of(content: bytes, name: str) -> list[Entry]:
    """The entries of a HAR. Raises `CouldNotRun`."""
    try:
        entries = pick(orjson.loads(content), "log.entries")
    except orjson.JSONDecodeError as error:
        raise CouldNotRun(f"{name}: not JSON: {error}") from error
    if not isinstance(entries, list):
        raise CouldNotRun(f"{name}: a HAR has log.entries, and this has none.")
    return mappings_in(entries)


def read_har(
    entries: Sequence[Entry], name: str, contract: Contract | None, entry: str | None
) -> Iterator[RecordedAnswer]:
    """The streams of a HAR: those whose address holds `entry`, or all. Raises `CouldNotRun`."""
    known = [one for one in entries if _method(one) != "OPTIONS"]
    sockets = contract is not None and contract.transport != "sse"
    if entry is not None:
        chosen = [one for one in known if entry in _url(one)]
    else:
        chosen = [one for one in known if (_has_socket(one) if sockets else is_stream(one))]
    if not chosen:
        what = f"no address holds {entry!r}" if entry is not None else "none is a stream"
        raise CouldNotRun(
            f"{name}: of its {len(known):,} entries {what}. {_choices(known)}".strip()
        )
    for one in chosen:
        if sockets and contract is not None:
            answers = list(read_socket(_address(one), one, contract))
            if not answers and isinstance(contract.start, Emit):
                asked = f"over {_address(one)} nobody sent {contract.start.event!r}"
                raise CouldNotRun(f"{name}: {asked}, which is how {contract.key} asks.")
            yield from answers
        else:
            yield _answer(one, contract)


def is_stream(entry: Entry) -> bool:
    """Whether an entry is a stream of events over HTTP, as far as it says so."""
    content_type = str(pick(entry, "response.content.mimeType") or "")
    bare = content_type.partition(";")[0].strip().lower()
    return is_event_stream(content_type) or bare in _STREAMED or bool(_messages(entry))


def secrets_in(entries: Sequence[Entry]) -> Iterator[str]:
    """What the requests of a HAR showed to their servers alone."""
    for entry in entries:
        for header in mappings_in(pick(entry, "request.headers")):
            if _SECRET.search(str(header.get("name", ""))) and header.get("value"):
                value = str(header["value"])
                yield value
                yield value.partition(" ")[2]
                yield from (one.partition("=")[2].strip() for one in value.split(";"))
        for header in mappings_in(pick(entry, "response.headers")):
            if str(header.get("name", "")).lower() == "set-cookie":
                yield str(header.get("value", "")).partition(";")[0].partition("=")[2]
        for where in ("request.cookies", "response.cookies"):
            for cookie in mappings_in(pick(entry, where)):
                yield str(cookie.get("value", ""))
        yield from _secrets_of_address(_url(entry))


def _secrets_of_address(url: str) -> Iterator[str]:
    try:
        parts = urlsplit(url)
    except ValueError:  # what is written in brackets is no address
        return
    user, at, _ = parts.netloc.rpartition("@")
    if at:
        yield unquote(user.partition(":")[2] or user)
        yield user.partition(":")[2] or user
    for pair in parts.query.split("&"):
        name, _, value = pair.partition("=")
        if _SECRET.search(unquote_plus(name)):
            yield unquote_plus(value)
            yield value


_SECRET = re.compile(
    r"auth(?!ority)|cookie|key|token|secret|passw|credential|signature|\bsig\b|session",
    re.IGNORECASE,
)
"""Names of headers and of parameters; rather one too many than one too few."""


def _answer(entry: Entry, contract: Contract | None) -> RecordedAnswer:
    headers = tuple(
        (str(one.get("name", "")).lower(), str(one.get("value", "")))
        for one in mappings_in(pick(entry, "response.headers"))
    )
    status = pick(entry, "response.status")
    name, request = f"{_method(entry)} {_address(entry)}", _request(entry)
    messages = _event_source(entry)
    body, cut = _body(entry)
    if body is None:
        if not messages:
            return RecordedAnswer(events=(), name=name, cut_copy=cut)
        lost = _lost(entry)
        return replace(messages, name=name, request=request, lost=lost, closed=not lost)
    answer = read_body(
        [body],
        contract,
        status=status if isinstance(status, int) and status else None,
        headers=headers,
    )
    if messages and _same(answer.events, messages.events):
        answer = replace(
            answer, events=messages.events, times="known", started_ns=messages.started_ns
        )
    lost = _lost(entry)
    return replace(answer, name=name, request=request, lost=lost, cut_copy=cut, closed=not lost)


def _same(body: Sequence[RecordedEvent], messages: Sequence[RecordedEvent]) -> bool:
    """Whether the messages are the body's events: then their times are too."""
    return [one.payload for one in body] == [one.payload for one in messages]


def _event_source(entry: Entry) -> RecordedAnswer | None:
    """Chrome's own record of an event stream, which has times."""
    messages = _messages(entry)
    started_ns = clock_ns(entry.get("startedDateTime"))
    times = [clock_ns(one.get("time")) for one in messages]
    if not messages or started_ns is None or None in times:
        return None
    events = []
    for one, at_ns in zip(messages, times, strict=True):
        name = str(one.get("eventName", ""))
        event = ServerSentEvent(
            "" if name == "message" else name, str(one.get("data", "")), str(one.get("eventId", ""))
        )
        events.append(RecordedEvent(event.event, payload_of(event), event.id, at_ns or 0))
    return RecordedAnswer(events=events, times="known", started_ns=started_ns)


def _body(entry: Entry) -> tuple[bytes | None, str]:
    """The body, and in words what is missing of it."""
    found = pick(entry, "response.content")
    content = found if isinstance(found, dict) else {}
    text = content.get("text")
    size = content.get("size")
    if not isinstance(text, str):
        hint = "save it with content, once the answer is over"
        return None, f"the HAR has no body of it: {hint}"
    if content.get("encoding") == "base64":
        try:
            body = b64decode(text, validate=True)
        except ValueError:  # not ASCII, or `binascii.Error`
            return None, "its body is no base64"
    else:
        body = text.encode("utf-8", "surrogatepass")
    if isinstance(size, int) and size - len(body) > _MISSING:
        return body, f"the HAR has {len(body):,} of the body's {size:,} bytes: the browser cut it"
    return body, ""


def _request(entry: Entry) -> Json:
    try:
        return orjson.loads(pick(entry, "request.postData.text") or "null")
    except (orjson.JSONDecodeError, TypeError):
        return None


def _lost(entry: Entry) -> str:
    """What the browser says of a connection that broke."""
    error = pick(entry, "response._error") or entry.get("_error")
    return str(error) if error else ""


def _messages(entry: Entry) -> list[Entry]:
    return mappings_in(entry.get("_eventSourceMessages"))


def _has_socket(entry: Entry) -> bool:
    return bool(mappings_in(entry.get("_webSocketMessages")))


def _method(entry: Entry) -> str:
    return str(pick(entry, "request.method") or "").upper()


def _url(entry: Entry) -> str:
    return str(pick(entry, "request.url") or "")


def _address(entry: Entry) -> str:
    return without_query(_url(entry))


def _choices(entries: Sequence[Entry]) -> str:
    addresses = list(dict.fromkeys(filter(None, map(_address, entries))))
    shown = ", ".join(addresses[:_NAMES_SHOWN])
    more = " …" if len(addresses) > _NAMES_SHOWN else ""
    return f"Choose one by --entry; it has {shown}{more}." if shown else ""
