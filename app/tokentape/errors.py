"""Everything that can go wrong, in one table: code, HTTP status, message, and whose fault it is.

Refused(Exception)          somebody gets a code and a message
├── CallerFault             the caller's request
├── UpstreamFault           the model's server
└── OurFault                this server
"""

from dataclasses import dataclass

__all__ = ["CODES", "CallerFault", "Code", "OurFault", "Refused", "UpstreamFault"]


@dataclass(frozen=True, slots=True)
class Code:
    """One row: the HTTP status before a stream starts and the message that a client may see."""

    status: int
    message: str


CODES: dict[str, Code] = {
    "BAD_REQUEST": Code(400, "The request is not valid."),
    "UNAUTHORIZED": Code(401, "The token is missing or not valid."),
    "FORBIDDEN": Code(403, "Pages of this origin may not call this server."),
    "NOT_FOUND": Code(404, "There is no such thing here."),
    "RATE_LIMIT": Code(429, "Too many starts; try again later."),
    "INVALID_MODEL": Code(400, "This model is not served here."),
    "CONTEXT_TOO_LONG": Code(413, "The conversation is too long for the model."),
    "BUSY": Code(409, "An answer is still running in this conversation."),
    "UPSTREAM_REFUSED": Code(502, "The model's server refused the request."),
    "UPSTREAM_RATE_LIMIT": Code(503, "The model's server is busy; try again later."),
    "UPSTREAM_TIMEOUT": Code(504, "The model's server went silent."),
    "UPSTREAM_LOST": Code(502, "The connection to the model's server was lost."),
    "UPSTREAM_TRUNCATED": Code(502, "The answer ended before it was finished."),
    "UPSTREAM_MALFORMED": Code(502, "The model's server sent something unreadable."),
    "SHUTTING_DOWN": Code(503, "The server is shutting down."),
    "INTERNAL": Code(500, "Something went wrong on the server."),
}


class Refused(Exception):
    """Carries a code of `CODES`; the message is fit for clients: no keys, prompts or stack."""

    def __init__(
        self,
        code: str,
        message: str | None = None,
        *,
        status: int | None = None,
        field: str | None = None,
        retry_after_s: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.code = code
        self.message = message or CODES[code].message
        self.status = status or CODES[code].status
        self.field = field
        self.retry_after_s = retry_after_s
        self.headers = headers or {}
        super().__init__(f"{code}: {self.message}")


class CallerFault(Refused):
    """The caller can mend it: by another request, a token, or waiting."""


class UpstreamFault(Refused):
    """The model's server failed us; what it said is logged, never sent on."""


class OurFault(Refused):
    """This server failed or is going down."""
