"""What all chunks of a stream have in common but their text. Pure.

Most servers write each chunk byte by byte like the one before, around another text: who knows the
bytes around it need not parse them again, which is most of what a chunk costs.
"""

from typing import Any

import orjson

TRIES = 4
"""Chunks in a row that are looked at for what they share: in some streams each is another."""
NAME = b'"content":'

loads, dumps = orjson.loads, orjson.dumps


class Shape:
    """The bytes around the text of a plain chunk. `learn` one, then `text` reads those like it."""

    __slots__ = ("_end", "_head", "_start", "_tail", "_tries")

    def __init__(self) -> None:
        self._tries = TRIES
        self._surround(b"", b"")

    def text(self, frame: bytes) -> str:
        """The text of a chunk of this shape; empty for any other, which is to be parsed."""
        if self._start and frame.startswith(self._head) and frame.endswith(self._tail):
            try:
                text = loads(frame[self._start : self._end])
            except ValueError:
                return ""
            if type(text) is str:
                self._tries = TRIES
                return text
        return ""

    def learn(self, frame: bytes, chunk: dict[str, Any], text: str) -> None:
        """Take the shape of a frame that was parsed to this chunk with this text."""
        if not self._tries:
            return
        self._tries -= 1
        name, spelled = frame.find(NAME), dumps(text)
        at = frame.find(spelled, name + len(NAME))
        if name < 0 or at < 0:
            return
        head, tail = frame[:at], frame[at + len(spelled) :]
        # The same bytes may stand elsewhere: with another text there it must be the same chunk but
        # for its text.
        other = f"{text}?"
        try:
            probe = loads(head + dumps(other) + tail)
            delta = probe["choices"][0]["delta"]
            content, delta["content"] = delta["content"], text
        except (ValueError, KeyError, TypeError, IndexError):
            return
        if content == other and probe == chunk:
            self._surround(head, tail)

    def _surround(self, head: bytes, tail: bytes) -> None:
        self._head, self._tail = head, tail
        self._start, self._end = len(head), -len(tail)
