"""Clients of streaming chat servers: over SSE, Socket.IO and plain WebSockets, with retries, resume
and stop; and viewers, which ask by a contract and keep the timeline of each answer."""

from tokentape.client.backoff import Backoff
from tokentape.client.factory import open_viewer
from tokentape.client.failures import Failure, Lost, TurnRefused, Unreachable, Unwelcome, WrongType
from tokentape.client.realtime_client import RealtimeClient, RealtimeOptions, ReceivedEvent
from tokentape.client.realtime_viewer import RealtimeViewer
from tokentape.client.sse_client import Arrival, SSEClient, SSEOptions
from tokentape.client.sse_viewer import SSEViewer
from tokentape.client.state import ConnectionState
from tokentape.client.turn import Turn
from tokentape.client.viewer import Viewer, verdict_of

__all__ = [
    "Arrival",
    "Backoff",
    "ConnectionState",
    "Failure",
    "Lost",
    "RealtimeClient",
    "RealtimeOptions",
    "RealtimeViewer",
    "ReceivedEvent",
    "SSEClient",
    "SSEOptions",
    "SSEViewer",
    "Turn",
    "TurnRefused",
    "Unreachable",
    "Unwelcome",
    "Viewer",
    "WrongType",
    "open_viewer",
    "verdict_of",
]
