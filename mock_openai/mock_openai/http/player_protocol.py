"""uvicorn's HTTP protocol, with the played endpoints taken out before ASGI.

An ASGI `send` and a wake-up per frame are too dear at 50,000 frames a second; here an answer is
handed to the player, which writes to the socket. All other routes go the usual way.
"""

import asyncio
from functools import partial
from typing import Any
from urllib.parse import unquote

from mock_openai.endpoints import ENDPOINTS, Endpoint
from mock_openai.endpoints.azure_urls import Address, address_of, with_bearer
from mock_openai.endpoints.openai_errors import overcrowded
from mock_openai.errors import ApiError
from mock_openai.http.exchange import Exchange, PlanOf
from mock_openai.http.guarded_protocol import GuardedProtocol
from mock_openai.playback.socket_writer import SocketWriter
from mock_openai.state import Mock

_PATHS = {path.encode(): endpoint for path, endpoint in ENDPOINTS.items()}
_ENDPOINT = ENDPOINTS["/v1/responses"]
_RESPONSES = b"/v1/responses/"


class PlayerProtocol(GuardedProtocol):
    """The application's lifespan gives the mock, by its state."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # uvicorn narrows the type of its base class in the same way
        super().connection_made(transport)
        self._mock: Mock = self.app_state["mock"]
        self.unfinished_s = self._mock.settings.unread_s
        self._playing: Exchange | None = None
        self._patience: asyncio.TimerHandle | None = None
        if len(self.connections) > self._mock.settings.most_connections:
            self.refuse(overcrowded(self._mock.settings.most_connections))
        else:
            self.await_request()

    def receive_head(self) -> None:
        azure = address_of(self.url)
        if azure is not None:
            self.url = azure.url
            self.headers[:] = with_bearer(self.headers)
        played = self._played(azure)
        if played is None:
            super().receive_head()
            return
        http_1_1 = self.parser.get_http_version() == "1.1"
        before: Any = self.cycle
        exchange: Any = Exchange(
            self._mock,
            *played,
            self.transport,
            self.headers,
            self.server_state.default_headers,
            self.on_response_complete,
            http_1_1=http_1_1,
            keep_alive=http_1_1 and self.parser.should_keep_alive(),
            expects_continue=self.expect_100_continue,
        )
        self.cycle = exchange
        if before is None or before.response_complete:
            self._unset_keepalive_if_required()
            self._playing = exchange
            exchange.start_turn()
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((exchange, self.app))

    def _played(self, azure: Address | None) -> tuple[Endpoint, PlanOf] | None:
        """The endpoint, and how the request becomes what is played; None for all that is not."""
        path, _, query = self.url.partition(b"?")
        method = self.parser.get_method()
        if method == b"POST":
            endpoint = azure.endpoint(path.decode("latin-1")) if azure else _PATHS.get(path)
            return (endpoint, partial(self._mock.plan, endpoint)) if endpoint else None
        name = path.removeprefix(_RESPONSES)
        if method == b"GET" and name != path and name and b"/" not in name:
            arguments = unquote(name.decode("latin-1")), query.decode("latin-1")
            return _ENDPOINT, partial(self._mock.retrieve, *arguments)
        return None

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:
        if isinstance(cycle, Exchange):
            self._playing = cycle
            # Not at once: a long pipeline of short answers would recurse.
            self.loop.call_soon(cycle.start_turn)
        else:
            self._playing = None
            super()._start_asgi_task(cycle, app)

    def receive_body(self, body: bytes) -> None:
        if isinstance(self.cycle, Exchange):
            self.cycle.feed(body)
        else:
            super().receive_body(body)

    def receive_end(self) -> None:
        if isinstance(self.cycle, Exchange):
            self.cycle.complete()
        else:
            super().receive_end()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        if self._playing is not None:
            self._playing.client_gone()
        self.pipeline.clear()
        super().connection_lost(exc)
        # Each holds the other: garbage that would need collecting. uvicorn starts with None too.
        self.cycle = None  # type: ignore[assignment]
        self._playing = None

    def refuse(self, error: ApiError) -> None:
        """Not in the middle of an answer to what came before: that is the last one then."""
        if (
            self._playing is not None
            and self._playing.begun
            and not self._playing.response_complete
        ):
            self._playing.keep_alive = False
            self.transport.pause_reading()
        else:
            super().refuse(error)

    def pause_writing(self) -> None:
        super().pause_writing()
        patience_s, now_ns = self._mock.settings.unread_s, self._mock.player.clock_ns()
        if patience_s and not self._patience:
            self._patience = self.loop.call_later(patience_s, self._give_up_reader, now_ns)

    def _stop_waiting(self) -> None:
        if self._patience:
            self._patience.cancel()
            self._patience = None

    def _give_up_reader(self, since_ns: int) -> None:
        if self._playing is not None:
            self._playing.reader_stopped(since_ns)
        SocketWriter(self.transport).reset()  # what the kernel holds for it is given up too

    def resume_writing(self) -> None:
        self._stop_waiting()
        super().resume_writing()
        if self._playing is not None:
            self._playing.resume()

    def shutdown(self) -> None:
        if self._playing is not None and not self._playing.response_complete:
            self._playing.server_stops()
        else:
            super().shutdown()
