"""uvicorn's HTTP protocol, for whatever strangers send: heads without an end, requests that are
never finished, offers to change the protocol, and whole URLs instead of paths.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import asyncio

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_openai.endpoints.openai_errors import server_error
from mock_openai.errors import ApiError
from mock_openai.plan.write_schedule import status_line

LARGEST_HEAD = 262_144  # bytes that come without a byte of a body: request line, headers, trailers
ONE_TURN = 65_536  # bytes that are read before others have theirs
_OF_AN_OFFER = (b"connection", b"upgrade", b"http2-settings")


class GuardedProtocol(HttpToolsProtocol):
    """`unfinished_s` is how long a request may stay half sent; 0 waits for ever.

    `receive_head`, `receive_body` and `receive_end` are called once a request, in this order.
    """

    unfinished_s = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        # uvicorn narrows the type of its base class in the same way
        super().connection_made(transport)
        self._beside = 0  # bytes since the last of a body, or since the request began
        self._read = 0  # bytes since others had their turn
        self._begun = False
        self._offered = False
        self._deadline: asyncio.TimerHandle | None = None

    def await_request(self) -> None:
        """Who connects and says nothing is let go as soon as one that has nothing more to ask."""
        silence_s = min(self.timeout_keep_alive, self.unfinished_s or self.timeout_keep_alive)
        self.timeout_keep_alive_task = self.loop.call_later(
            silence_s, self.timeout_keep_alive_handler
        )

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        self._beside += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if self._offered:
                self._decline(data[offer.args[0] :])
        except httptools.HttpParserCallbackError as error:
            if not isinstance(error.__context__, httptools.HttpParserError):
                self.logger.exception("a request could not be answered")
                self.refuse(server_error())
                return
            self.send_400_response("Invalid HTTP request received.")
            return
        except httptools.HttpParserError:
            self.logger.warning("Invalid HTTP request received.")
            self.send_400_response("Invalid HTTP request received.")
            return
        if self._beside > LARGEST_HEAD:
            self.refuse(ApiError(431, f"The head of the request is larger than {LARGEST_HEAD}."))
            return
        if self._begun and self.unfinished_s and self._deadline is None:
            self._deadline = self.loop.call_later(self.unfinished_s, self._give_up)
        self._read += len(data)
        if self._read > ONE_TURN:
            self._let_others()

    def _let_others(self) -> None:
        """uvloop reads 8 MB of one connection before it looks at any other, or at the time."""
        self._read = 0
        if not (self.transport.is_closing() or self.flow.read_paused):
            self.transport.pause_reading()
            self.loop.call_soon(self._read_on)

    def _read_on(self) -> None:
        if not (self.transport.is_closing() or self.flow.read_paused):
            self.transport.resume_reading()

    def _decline(self, rest: bytes) -> None:
        """Who offers another protocol (h2c, as Java's own client does) goes on with this one.

        The parser takes every offer for accepted, and leaves the body to others: the same request
        is read again, without the offer.
        """
        method = self.parser.get_method()
        lines = [b"%b %b HTTP/%b" % (method, self.url, self.parser.get_http_version().encode())]
        lines += [b"%b: %b" % one for one in self.headers if one[0] not in _OF_AN_OFFER]
        if not self.parser.should_keep_alive():
            lines.append(b"connection: close")
        self._offered = False
        self.parser = httptools.HttpRequestParser(self)
        self.data_received(b"\r\n".join((*lines, b"", rest)))

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._begun = True

    def on_headers_complete(self) -> None:
        self._offered = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if self._offered:
            return
        if not self.url.startswith(b"/"):  # as it is told to a proxy
            self.url = b"/" + self.url.partition(b"://")[2].partition(b"/")[2]
        self.receive_head()

    def on_body(self, body: bytes) -> None:
        self._beside = 0
        self.receive_body(body)

    def on_message_complete(self) -> None:
        if self._offered:
            return
        self._beside = 0
        self._begun = False
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None
        self.receive_end()

    def receive_head(self) -> None:
        """The request line and the headers are here."""
        super().on_headers_complete()

    def receive_body(self, body: bytes) -> None:
        """A piece of the body is here."""
        super().on_body(body)

    def receive_end(self) -> None:
        """The request is whole."""
        super().on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        self._unset_keepalive_if_required()  # uvicorn's own way does not after a reset
        super().connection_lost(exc)

    def _give_up(self) -> None:
        message = f"The request was not finished within {self.unfinished_s:g} seconds."
        self.refuse(ApiError(408, message))

    def send_400_response(self, msg: str) -> None:
        self.refuse(ApiError(400, msg))

    def refuse(self, error: ApiError) -> None:
        """Nothing more is read of this connection."""
        content = orjson.dumps(error.body())
        head = (
            f"{status_line(error.status)}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + content)
        self.transport.close()
