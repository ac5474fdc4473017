"""Where a client stands with its server, as a table that both clients follow. Pure.

A client is `disconnected` until somebody connects it. From then on it wants a connection, and every
loss leads to `reconnecting`, however often, until the connection is there again, the client gives
up or its owner ends it. What is final (a refusal that waiting does not mend, as many attempts as
were allowed, a fault of a listener) leads to `failed`, where `failure` says why; an end that was
wanted, or that an answer has of itself, leads back to `disconnected`. The difference is all that an
owner must know: from `disconnected` nothing is missing, from `failed` something is. Both rest:
nothing moves there until `connect` begins anew.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class ConnectionState(StrEnum):
    """`disconnected` was wanted, or the answer is over; `failed` was not, and is final."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    RECONNECTING = "reconnecting"
    DISCONNECTED = "disconnected"
    FAILED = "failed"


_AWAY = {
    "open": ConnectionState.CONNECTED,
    "loss": ConnectionState.RECONNECTING,
    "give up": ConnectionState.FAILED,
    "end": ConnectionState.DISCONNECTED,
}

CONNECTION: Mapping[ConnectionState, Mapping[str, ConnectionState]] = MappingProxyType(
    {
        ConnectionState.DISCONNECTED: {"connect": ConnectionState.CONNECTING},
        ConnectionState.CONNECTING: _AWAY,
        ConnectionState.CONNECTED: {
            "loss": ConnectionState.RECONNECTING,
            "give up": ConnectionState.FAILED,
            "end": ConnectionState.DISCONNECTED,
        },
        ConnectionState.RECONNECTING: _AWAY,
        ConnectionState.FAILED: {"connect": ConnectionState.CONNECTING},
    }
)
"""State → what happens → next state."""

OVER = frozenset({ConnectionState.DISCONNECTED, ConnectionState.FAILED})
"""Nothing moves in these until somebody connects."""


def check_move(before: ConnectionState, after: ConnectionState) -> None:
    """Raises `RuntimeError` for a move that is no row: a fault of ours."""
    if after not in CONNECTION[before].values():
        raise RuntimeError(f"a client can't go from {before} to {after}")
