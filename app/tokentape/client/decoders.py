"""Decoders: how the body of a stream becomes events, by what its contract says of it."""

from typing import Protocol

from tokentape.client.ndjson import NdjsonDecoder
from tokentape.client.sse import ServerSentEvent, SSEDecoder
from tokentape.contract.contract import Contract


class StreamDecoder(Protocol):
    """Bytes in, events out. Implementations: `SSEDecoder`, `NdjsonDecoder`."""

    def feed(self, block: bytes) -> list[ServerSentEvent]:
        """What a block completes. Raises `TooLong`."""
        ...

    @property
    def unfinished(self) -> str:
        """What has begun and has no end."""
        ...

    @property
    def skipped(self) -> tuple[int, str] | None:
        """The first line that is no field of an event, behind how many events."""
        ...


def decoder_for(contract: Contract | None) -> StreamDecoder:
    """For a stream of this contract; without one, for server-sent events as the standard says."""
    if contract is not None and contract.framing == "ndjson":
        return NdjsonDecoder()
    return SSEDecoder(bare=contract is not None and contract.bare_events)
