"""What can keep a client from its answer.

Failure(Exception)
├── Refused          the server answered with an HTTP error instead of a stream
├── Unreachable      no connection could be made, or it was lost before an answer began
│   └── Unwelcome    the server is there and refused the connection
├── Lost             the stream broke off before its end
│   └── Silent       … or nothing came any more, though the connection stayed open
└── WrongType        the answer is no stream of server-sent events
"""

__all__ = ["Failure", "Lost", "Silent", "TurnRefused", "Unreachable", "Unwelcome", "WrongType"]

RETRIED = frozenset({408, 425, 429})
"""Client errors that time may mend; every other 4xx stays what it is."""


class Failure(Exception):
    """`retry_after_s` is what the server asked for; `final` ones are never retried."""

    retry_after_s: float | None = None
    final = False


class TurnRefused(Failure):
    """The server answered a turn with an HTTP error instead of a stream.

    `status` is 0 where a socket refused, by an acknowledgement.
    """

    def __init__(self, status: int, code: str, message: str, retry_after_s: float | None) -> None:
        super().__init__(f"{status or ''} {code}: {message}".strip())
        self.status = status
        self.code = code
        self.message = message
        self.retry_after_s = retry_after_s
        self.final = status < 500 and status not in RETRIED


class Unreachable(Failure):
    """No answer came: the connection could not be made, or was lost before the stream began.

    `connected` says that somebody took the connection: the server is there.
    """

    def __init__(self, message: str, *, connected: bool = False) -> None:
        super().__init__(message)
        self.connected = connected


class Unwelcome(Unreachable):
    """The server is there and refused the connection, with its message."""

    def __init__(self, message: str, *, final: bool = True) -> None:
        super().__init__(message, connected=True)
        self.final = final


class Lost(Failure):
    """The stream broke off, or fell silent, before its end."""


class Silent(Lost):
    """Nothing came any more, on a connection that stayed open."""


class WrongType(Failure):
    """The answer's content type is not `text/event-stream`."""

    final = True
