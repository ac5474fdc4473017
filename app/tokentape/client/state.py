"""ConnectionState: where a client stands with its server."""

from enum import StrEnum


class ConnectionState(StrEnum):
    """`disconnected` was wanted, or the answer is over; `failed` was not, and is final."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    DISCONNECTED = "disconnected"
    FAILED = "failed"


OVER = frozenset({ConnectionState.DISCONNECTED, ConnectionState.FAILED})
