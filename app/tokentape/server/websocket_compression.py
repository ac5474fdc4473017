"""permessage-deflate (RFC 7692) for WebSockets whose client offers it: for long messages alone.

A chunk of a stream is shorter than what it takes to compress it, and goes out as it is. No state is
left between two messages: a connection costs no memory for it.
"""

from collections.abc import Sequence
from typing import Any

from websockets.extensions.base import Extension
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import Frame

WINDOW_BITS = 12
"""With the memory level: 32 KB while a message is compressed, 4 KB while one is read."""
SETTINGS = {"level": 3, "memLevel": 5}


class LongMessages(ServerPerMessageDeflateFactory):
    """Compresses messages of `least` bytes and more."""

    def __init__(self, least: int) -> None:
        super().__init__(
            server_no_context_takeover=True,
            client_no_context_takeover=True,
            server_max_window_bits=WINDOW_BITS,
            client_max_window_bits=WINDOW_BITS,
            compress_settings=SETTINGS,
        )
        self._least = least

    def process_request_params(
        self, params: Sequence[Any], accepted_extensions: Sequence[Extension]
    ) -> tuple[list[Any], PerMessageDeflate]:
        """As the library agrees it with the client, with our own encoder."""
        answer, agreed = super().process_request_params(params, accepted_extensions)
        return answer, Deflate(agreed, self._least)


class Deflate(PerMessageDeflate):
    """What was agreed on for one connection."""

    def __init__(self, agreed: PerMessageDeflate, least: int) -> None:
        super().__init__(
            agreed.remote_no_context_takeover,
            agreed.local_no_context_takeover,
            agreed.remote_max_window_bits,
            agreed.local_max_window_bits,
            agreed.compress_settings,
        )
        self._least = least

    def encode(self, frame: Frame) -> Frame:
        """A short message as it is."""
        if len(frame.data) < self._least:
            return frame
        encoded = super().encode(frame)
        if hasattr(self, "encoder"):
            del self.encoder
        return encoded
