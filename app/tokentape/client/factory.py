"""The one place that knows which viewer speaks which transport."""

from collections.abc import Callable, Mapping, Sequence

from tokentape.client.realtime_viewer import RealtimeViewer
from tokentape.client.sse_viewer import SSEViewer
from tokentape.client.turn import Turn
from tokentape.client.viewer import Viewer
from tokentape.contract.contract import Contract


def open_viewer(
    url: str,
    contract: Contract,
    *,
    token: str | None = None,
    headers: Mapping[str, str] | None = None,
    query: Sequence[tuple[str, str]] = (),
    read_timeout_s: float | None = 60.0,
    linger_s: float | None = None,
    watch: Callable[[bytes, int], None] | None = None,
    turn: Turn | None = None,
) -> Viewer:
    """A viewer of the server at `url` (its root, such as `http://127.0.0.1:8000`).

    `headers` and `query` go with each request and with the handshake of a socket; `read_timeout_s`
    is the longest silence before a stream counts as lost; `linger_s` how long to look on after the
    end, for what must not come. `watch` is called with what comes, as bytes, and when it came: the
    blocks of a stream, the messages of a socket. `turn` is the first that will be asked for, where
    that is known: a socket's handshake may show its values.
    """
    if contract.transport == "sse":
        return SSEViewer(
            url,
            contract,
            headers=headers,
            query=query,
            read_timeout_s=read_timeout_s,
            linger_s=1.0 if linger_s is None else linger_s,
            watch=watch,
        )
    return RealtimeViewer(
        url,
        contract,
        token=token,
        headers=headers,
        query=query,
        read_timeout_s=read_timeout_s,
        linger_s=linger_s or 0.0,
        watch=watch,
        turn=turn,
    )
