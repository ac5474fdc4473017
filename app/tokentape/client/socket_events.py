"""Incoming: what a socket's bytes turn out to mean, in words that all wires share."""

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from tokentape.contract.contract import Json


@dataclass(frozen=True, slots=True)
class SocketOpened:
    """Events may be sent. `silence_s` is the longest silence that the server announced."""

    silence_s: float | None = None


@dataclass(frozen=True, slots=True)
class SocketDenied:
    """The server refused; `final` if asking again can't help."""

    message: str
    final: bool = True


@dataclass(frozen=True, slots=True)
class SocketClosed:
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    payload: Json


@dataclass(frozen=True, slots=True)
class Ack:
    """The answer to an emit that had this number."""

    number: int
    payload: Json


Incoming: TypeAlias = SocketOpened | SocketDenied | SocketClosed | Event | Ack


class SocketProtocol(Protocol):
    """A protocol over one socket, without I/O: bytes in and out, `Incoming` between.

    Implementations: `SocketIOWire`, `WebSocketWire`.
    """

    def outgoing(self) -> bytes:
        """What has to be written now."""
        ...

    def receive(self, received: bytes) -> list[Incoming]:
        """What the bytes of one read complete; of no bytes: the connection's end."""
        ...

    def emit(self, event: str, payload: Json, number: int | None = None) -> None:
        """Send an event; with a number, ask for its acknowledgement."""
        ...

    def leave(self) -> None:
        """Say goodbye."""
        ...
