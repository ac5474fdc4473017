"""The one place that knows which viewer speaks which transport."""

from app.client.socketio_viewer import SocketIOViewer
from app.client.sse_viewer import SSEViewer
from app.client.viewer import Viewer
from app.contract.contract import Contract


def open_viewer(
    url: str, contract: Contract, *, token: str | None = None, read_timeout_s: float | None = 60.0
) -> Viewer:
    """A viewer of the server at `url` (its root, such as `http://127.0.0.1:8000`).

    `read_timeout_s` is the longest silence before a stream counts as lost. Raises `ValueError`
    for a transport that has no viewer.
    """
    if contract.transport == "sse":
        return SSEViewer(url, contract, read_timeout_s=read_timeout_s)
    if contract.transport == "socketio":
        return SocketIOViewer(url, contract, token=token, read_timeout_s=read_timeout_s)
    raise ValueError(f"{contract.key}: no viewer speaks {contract.transport}")
