"""How much a JSON body holds, counted while it comes in: what would take long to read is refused
before it is read, since all streams wait meanwhile. Pure.
"""

from mock_openai.errors import ApiError

UNCOUNTED = 65_536  # bytes: smaller bodies can't hold too much
MOST_MEMBERS = 50_000  # arrays, objects, and fields of objects: 0.4 µs each at the worst
MOST_VALUES = 500_000  # 0.02 µs each: numbers, of which embeddings may be asked 300,000


class BodyLimits:
    """Takes a body piece by piece. What is no JSON may be counted wrongly: it is refused anyway."""

    __slots__ = ("_inside", "_members", "_rest", "_values")

    def __init__(self) -> None:
        self._inside = 0  # 1 in the middle of a text
        self._rest = b""
        self._members = 0
        self._values = 0

    def receive(self, data: bytes) -> ApiError | None:
        """The refusal, from the piece on with which it is too much."""
        whole = (self._rest + data).replace(rb"\\", b"")
        self._rest = whole[-1:] if whole.endswith(b"\\") else b""
        pieces = whole.replace(rb"\"", b"").split(b'"')
        outside = b"".join(pieces[self._inside :: 2])
        self._inside ^= len(pieces) % 2 == 0
        self._members += outside.count(b"[") + outside.count(b"{") + outside.count(b":")
        self._values += outside.count(b",")
        if self._members > MOST_MEMBERS:
            return _refusal(f"{MOST_MEMBERS:,} arrays, objects and fields")
        if self._values > MOST_VALUES:
            return _refusal(f"{MOST_VALUES:,} values")
        return None


def _refusal(most: str) -> ApiError:
    return ApiError(413, f"The request body holds more than {most}.", None, "too_large")
