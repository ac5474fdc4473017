"""What an upstream says of a failure, in any spelling → a `Cause`, and our code for it. Pure."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from tokentape.errors import CODES

# Words of an upstream's error that mean something else than "refused".
ERROR_CODES = {
    "context_length_exceeded": "CONTEXT_TOO_LONG",
    "string_above_max_length": "CONTEXT_TOO_LONG",
    "exceed_context_size_error": "CONTEXT_TOO_LONG",
    "model_not_found": "INVALID_MODEL",
    "rate_limit_exceeded": "UPSTREAM_RATE_LIMIT",
    "rate_limit_error": "UPSTREAM_RATE_LIMIT",
    "insufficient_quota": "UPSTREAM_RATE_LIMIT",
    "overloaded_error": "UPSTREAM_RATE_LIMIT",
    "overloaded": "UPSTREAM_RATE_LIMIT",
    "too_many_requests": "UPSTREAM_RATE_LIMIT",
    "resource_exhausted": "UPSTREAM_RATE_LIMIT",
    "insufficient_system_resource": "UPSTREAM_RATE_LIMIT",
}
STATUS_CODES = {
    429: "UPSTREAM_RATE_LIMIT",
    408: "UPSTREAM_TIMEOUT",
    504: "UPSTREAM_TIMEOUT",
}
MESSAGES = ("message", "msg", "detail", "details", "status_msg", "error_message", "reason", "title")
WORDS = ("code", "type", "error_type", "status", "__type")
REQUEST_IDS = ("x-request-id", "request-id", "apim-request-id", "x-amzn-requestid", "cf-ray")
RETRY_AFTER_MAX_S = 86_400
DEEPEST = 20
"""Levels of an error that are looked into."""
TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<(script|style)\b.*?</\1>|<[^>]*>", re.IGNORECASE | re.DOTALL)


IN_MID_ANSWER = "The model's server reported an error in mid-answer"


@dataclass(frozen=True, slots=True)
class Cause:
    """What the upstream said, as it said it: it may hold a key or a prompt.

    `word`: its code or type, `number`: its code where that is a number, `status` and `request_id`:
    the HTTP answer's. `retry_after_s`: seconds. `private`: the message is for the log alone.
    """

    message: str = ""
    word: str = ""
    number: int | None = None
    status: int | None = None
    request_id: str | None = None
    retry_after_s: int | None = None
    private: bool = False

    @property
    def code(self) -> str:
        """One of `tokentape.errors.CODES`: by its word, then by its number, then by the status."""
        code = ERROR_CODES.get(self.word.lower())
        for number in (self.number, self.status):
            code = code or STATUS_CODES.get(number or 0)
        return code or "UPSTREAM_REFUSED"

    def in_answer(self, status: int, headers: Mapping[str, str]) -> "Cause":
        """With what the HTTP answer around it says. A status of success says nothing."""
        return replace(
            self,
            status=status if status >= 300 else None,
            request_id=next((headers[name] for name in REQUEST_IDS if name in headers), None),
            retry_after_s=self.retry_after_s
            if (seconds := retry_after_s(headers)) is None
            else seconds,
        )


class UpstreamFailure(Exception):
    """How an answer failed. `code` is one of `tokentape.errors.CODES`; `lead` begins the message
    that a caller gets, by default with the code's own."""

    def __init__(self, code: str, cause: Cause, lead: str | None = None) -> None:
        self.code = code
        self.cause = cause
        self.lead = lead or CODES[code].message.rstrip(".")
        super().__init__(f"{code}: {cause}")

    @classmethod
    def of(cls, cause: Cause, lead: str | None = None) -> "UpstreamFailure":
        """With the code that the upstream's own words mean."""
        return cls(cause.code, cause, lead)


def cause_of(error: object, deep: int = 0) -> Cause:
    """Reads OpenAI's error object and what others send: a text, `detail`, a list of errors, an
    object around it, an HTML page."""
    if isinstance(error, str):
        return Cause(message=_plain(error))
    if isinstance(error, list | dict) and deep > DEEPEST:
        return Cause()
    if isinstance(error, list):
        return cause_of(error[0], deep + 1) if error else Cause()
    if not isinstance(error, dict):
        return Cause(message="" if error is None else str(error))
    for name in ("error", "base_resp", "errors"):
        inner = error.get(name)
        if isinstance(inner, dict | list) and inner:
            cause = cause_of(inner, deep + 1)
            return cause if cause.message else replace(cause, message=_message(error, deep))
        if isinstance(inner, str) and inner:
            return replace(_flat(error, deep), message=_plain(inner))
    return _flat(error, deep)


def _flat(error: dict[str, Any], deep: int) -> Cause:
    values = [error.get(name) for name in WORDS]
    words = [value for value in values if isinstance(value, str) and value and value != "error"]
    known = [word for word in words if word.lower() in ERROR_CODES]
    number = error.get("code", error.get("status_code"))
    if isinstance(number, str) and number.isdigit() and len(number) == 3:
        words = [word for word in words if word != number]
        number = int(number)
    retry = error.get("retry_after")
    return Cause(
        message=_message(error, deep),
        word=(known or words or [""])[0],
        number=number if type(number) is int else None,
        retry_after_s=_seconds(retry) if isinstance(retry, int | float) else None,
    )


def _message(error: dict[str, Any], deep: int) -> str:
    for name in MESSAGES:
        value = error.get(name)
        if isinstance(value, str) and value:
            return _plain(value)
        if isinstance(value, list) and value:
            return cause_of(value, deep + 1).message
    return ""


def _plain(text: str) -> str:
    """Of an HTML page its title, or its text."""
    if not text.lstrip().startswith("<"):
        return text
    title = TITLE.search(text)
    return " ".join((title[1] if title else TAG.sub(" ", text)).split())


def retry_after_s(headers: Mapping[str, str], now: datetime | None = None) -> int | None:
    """Whole seconds, from `Retry-After` (a number or a date) or `retry-after-ms`; None without.

    https://www.rfc-editor.org/rfc/rfc9110#field.retry-after
    """
    try:
        if milliseconds := headers.get("retry-after-ms"):
            return _seconds(float(milliseconds) / 1_000)
        value = headers.get("retry-after", "").strip()
        if not value:
            return None
        if value[0].isdigit():
            return _seconds(float(value))
        at = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    # A date of the zone -0000 comes without one: it is UTC, as all dates of HTTP are.
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return _seconds((at - (now or datetime.now(UTC))).total_seconds())


def _seconds(value: float) -> int | None:
    if not math.isfinite(value) or value < 0 or value > RETRY_AFTER_MAX_S:
        return None
    return math.ceil(value)
