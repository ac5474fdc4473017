"""What the first bytes of an answer say it is, whatever its headers call it. Pure."""

import re
from enum import Enum

import orjson

from app.runs.deltas import Deltas, is_error
from app.runs.sse_frames import BOM
from app.runs.upstream_errors import Cause, Failure, cause_of

EVENTS = re.compile(rb"(:|(data|event|id|retry|error)[:\r\n])")
EVENT_STREAM = "text/event-stream"
FEW = 8
"""Bytes that suffice to know an event stream's first line."""
QUOTED_MAX = 500


class Form(Enum):
    """What a body is."""

    EVENTS = "an event stream"
    JSON = "JSON"
    OTHER = "something else"


def form_of(begin: bytes, content_type: str, *, ended: bool) -> Form | None:
    """Of a body that begins so; None: more must come before it can be known.

    An event stream may hold lines that no reader knows, and so begin with anything; but what begins
    as JSON or HTML is that, also by the name of an event stream.
    """
    if not ended and BOM.startswith(begin):
        return None
    text = begin.removeprefix(BOM).lstrip()
    if not text:
        return Form.EVENTS if ended else None
    if text[:1] in b"{[":
        return Form.JSON
    if text[:1] == b"<":
        return Form.OTHER
    if is_event_stream(content_type):
        return Form.EVENTS
    if len(text) < FEW and not ended:
        return None
    return Form.EVENTS if EVENTS.match(text) else Form.OTHER


def is_event_stream(content_type: str) -> bool:
    """In any case, with any parameters."""
    return content_type.partition(";")[0].strip().lower() == EVENT_STREAM


def read_json(body: bytes, deltas: Deltas) -> list[str]:
    """The texts of a whole `chat.completion` that came in place of a stream.

    Raises `Failure` for all else: an error that was sent with a status of success, for one.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise no_stream(body, "application/json") from None
    if isinstance(value, dict) and not is_error(value) and value.get("choices"):
        return deltas.texts([body])
    cause = cause_of(value)
    if cause.message or cause.word:
        raise Failure.of(cause)
    raise no_stream(body, "application/json")


def no_stream(body: bytes, content_type: str) -> Failure:
    """The failure of a body that is no answer."""
    text = body[: 8 * QUOTED_MAX].decode("utf-8", "replace")
    begin = cause_of(text).message[:QUOTED_MAX]
    lead = "The model's server sent no stream"
    if kind := re.fullmatch(r"[\w.+-]+/[\w.+-]+", content_type.partition(";")[0].strip()):
        lead += f" but {kind[0]}"
    return Failure("UPSTREAM_MALFORMED", Cause(message=begin), lead)
