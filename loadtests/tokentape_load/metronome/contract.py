"""What the metronome promises: the same small answer over each transport, numbered."""

from tokentape.contract.contract import Contract, Emit, Kind, RequestTemplate

DIALECT = "metronome"
NAMESPACE = "/metronome"
STREAM, SOCKET = "/metronome/stream", "/metronome/ws"
_ORDER = {"opened": {"chunk": "opened", "done": "closed"}, "closed": {}}

SSE = Contract(
    dialect=DIALECT,
    transport="sse",
    start=RequestTemplate(method="POST", path=STREAM, body={"message": "$message"}),
    kinds=(
        Kind(name="done", where={"done": True}, end="completed"),
        Kind(name="chunk", has=("content",), text="content"),
    ),
    order=_ORDER,
)
_KINDS = (
    Kind(name="done", event="done", end="completed"),
    Kind(name="chunk", event="chunk", text="content"),
)
SOCKETIO = Contract(
    dialect=DIALECT,
    transport="socketio",
    namespace=NAMESPACE,
    start=Emit(event="ask", payload={"message": "$message"}),
    kinds=_KINDS,
    order=_ORDER,
)
WEBSOCKET = Contract(
    dialect=DIALECT,
    transport="websocket",
    namespace=SOCKET,
    start=Emit(event="ask", payload={"message": "$message"}),
    kinds=_KINDS,
    order=_ORDER,
)
