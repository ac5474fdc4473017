"""Content codings (RFC 9110, 8.4.1): a compressed body, decompressed as it comes.

A server that was asked for none may send one all the same; what it says can then still be judged.
"""

import zlib
from collections.abc import Iterator
from typing import Protocol

_PIECE = 65_536
"""Bytes of one piece: what is small on the wire may be huge."""

_EITHER = 32 + zlib.MAX_WBITS
"""zlib's word for gzip and zlib, whichever it is."""


class Decoder(Protocol):
    """Bytes as they came in, bytes as they were meant out."""

    def feed(self, data: bytes) -> Iterator[bytes]: ...


class Plain:
    """For bodies without a coding, and for those whose coding is not known here."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data


class Inflating:
    """For gzip and deflate. A body that is neither, whatever its head says, is passed as it is."""

    def __init__(self) -> None:
        self._inflating = zlib.decompressobj(_EITHER)
        self._begun = False
        self._plain = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._plain:
            yield data
            return
        rest = data
        try:
            while rest or not self._begun:
                piece = self._inflating.decompress(rest, _PIECE)
                self._begun = True
                if piece:
                    yield piece
                rest = self._inflating.unconsumed_tail
                if self._inflating.eof and (rest := self._inflating.unused_data):
                    self._inflating = zlib.decompressobj(_EITHER)  # another member follows
                elif not piece and not rest:
                    return
        except zlib.error:
            self._plain = True
            yield rest


def decoder_of(content_encoding: str) -> Decoder:
    """By the head's `Content-Encoding`."""
    coding = content_encoding.strip().lower()
    return Inflating() if coding in ("gzip", "x-gzip", "deflate") else Plain()
