"""Notices: what is wrong with an answer over HTTP beside its events: its head, what it broke off
in, lines that every reader skips. Pure; the same for an answer that comes and for one from a file.
"""

import orjson

from tokentape.contract.error_fields import is_error
from tokentape.contract.integrity import Difference
from tokentape.contract.violations import Cause


def is_event_stream(content_type: str) -> bool:
    """Whatever parameters stand behind the type."""
    return content_type.partition(";")[0].strip().lower() == "text/event-stream"


def head_notice(
    framing: str, content_type: str, coding: str, place: int, *, coding_offered: bool
) -> Difference | None:
    """What is wrong with the head of a stream. `framing` is the contract's, `coding` the head's
    `Content-Encoding`; `coding_offered` says that the request had an `Accept-Encoding`."""
    if coding not in ("", "identity") and not coding_offered:
        message = f"Content-Encoding is {coding}, and the request asked for none"
        return Difference("wrong_content_type", place, message, about="compressed")
    # Of lines of JSON no type is registered, and each server has its own.
    if framing == "sse" and not is_event_stream(content_type):
        message = f"Content-Type is {content_type or 'missing'}, not text/event-stream"
        return Difference("wrong_content_type", place, message)
    return None


def early_end(
    message: str, about: Cause, place: int, unfinished: str, skipped: tuple[int, str] | None
) -> Difference:
    """A stream that is over before its end, with what of it could not be read."""
    if unfinished.endswith(r"\n"):
        message += r"; line breaks are written as the two characters \n, and end no line"
    if skipped is not None:
        message += f"; a line that no event has came before: {shown(skipped[1])}"
    if unfinished:
        message += f"; it broke off within an event: {shown(unfinished)}"
        about = about or "unfinished"
    return Difference("missing_end", place, message, about)


def skipped_error(place: int, line: str) -> Difference | None:
    """An error that every reader of event streams passes over."""
    name, _, value = line.partition(":")
    try:
        error = orjson.loads(value if name.strip() == "error" else line)
    except orjson.JSONDecodeError:
        error = None
    if name.strip() != "error" and not is_error(error):
        return None
    message = f"a line that no event has, so readers skip it: {shown(line)}"
    return Difference("malformed_frame", place, message, about="error field")


def shown(text: str) -> str:
    """A text for a message, shortened."""
    return repr(text if len(text) <= 120 else f"{text[:119]}…")
