"""The one place that knows which viewer speaks which transport."""

from tokentape.contract.contract import Contract
from tokentape_load.viewers.realtime_viewer import RealtimeViewer
from tokentape_load.viewers.sse_viewer import SSEViewer
from tokentape_load.viewers.viewer import Viewer

_VIEWERS: dict[str, type[SSEViewer] | type[RealtimeViewer]] = {
    "sse": SSEViewer,
    "socketio": RealtimeViewer,
    "websocket": RealtimeViewer,
}


def open_viewer(url: str, contract: Contract, *, silence_s: float, token: str = "") -> Viewer:
    """A viewer of the server at `url`; `silence_s` is the longest silence before a stream is lost.

    Raises `KeyError` for a transport that has no viewer.
    """
    return _VIEWERS[contract.transport](url, contract, silence_s=silence_s, token=token)
