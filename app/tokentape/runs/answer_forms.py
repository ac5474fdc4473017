"""What the first bytes of an answer say it is, whatever its headers call it. Pure."""

import re
from enum import Enum

import orjson

from tokentape.event_stream import BOM
from tokentape.runs.deltas import Deltas, is_error
from tokentape.runs.upstream_errors import Cause, UpstreamFailure, cause_of

EVENTS = re.compile(rb"(:|(data|event|id|retry|error)[:\r\n])")
EVENT_STREAM = "text/event-stream"
FEW = 8
"""Bytes that suffice to know an event stream's first line."""
QUOTED_MAX = 500


class AnswerForm(Enum):
    """What a body is."""

    EVENTS = "an event stream"
    JSON = "JSON"
    OTHER = "something else"


def form_of(begin: bytes, content_type: str, *, ended: bool) -> AnswerForm | None:
    """Of a body that begins so; None: more must come before it can be known.

    An event stream may hold lines that no reader knows, and so begin with anything; but what begins
    as JSON or HTML is that, also by the name of an event stream.
    """
    if not ended and BOM.startswith(begin):
        return None
    text = begin.removeprefix(BOM).lstrip()
    if not text:
        return AnswerForm.EVENTS if ended else None
    if text[:1] in b"{[":
        return AnswerForm.JSON
    if text[:1] == b"<":
        return AnswerForm.OTHER
    if is_event_stream(content_type):
        return AnswerForm.EVENTS
    if len(text) < FEW and not ended:
        return None
    return AnswerForm.EVENTS if EVENTS.match(text) else AnswerForm.OTHER


def is_event_stream(content_type: str) -> bool:
    """In any case, with any parameters."""
    return content_type.partition(";")[0].strip().lower() == EVENT_STREAM


def read_json(body: bytes, deltas: Deltas) -> list[str]:
    """The texts of a whole `chat.completion` that came in place of a stream.

    Raises `UpstreamFailure` for all else: an error that was sent with a status of success, for one.
    """
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise no_stream(body, "application/json") from None
    if isinstance(value, dict) and not is_error(value) and value.get("choices"):
        return deltas.texts([body])
    cause = cause_of(value)
    if cause.message or cause.word:
        raise UpstreamFailure.of(cause)
    raise no_stream(body, "application/json")


def no_stream(body: bytes, content_type: str) -> UpstreamFailure:
    """The failure of a body that is no answer."""
    text = body[: 8 * QUOTED_MAX].decode("utf-8", "replace")
    begin = cause_of(text).message[:QUOTED_MAX]
    lead = "The model's server sent no stream"
    if kind := re.fullmatch(r"[\w.+-]+/[\w.+-]+", content_type.partition(";")[0].strip()):
        lead += f" but {kind[0]}"
    return UpstreamFailure("UPSTREAM_MALFORMED", Cause(message=begin), lead)
