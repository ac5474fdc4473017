"""Characters whose halves came in two pieces: a server may escape them one by one. Pure."""


def whole(text: str) -> str:
    """The text in whole characters, which can be written; a half without its other is U+FFFD."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text


class Halves:
    """Of one text that comes in pieces. True while half a character waits for its other half."""

    __slots__ = ("_half",)

    def __init__(self) -> None:
        self._half = ""

    def __bool__(self) -> bool:
        return bool(self._half)

    def joined(self, text: str) -> str:
        """The piece in whole characters, with what waited; a half without its other is U+FFFD."""
        text, self._half = self._half + text, ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return whole(text)

    def rest(self) -> str:
        """What stands for a half whose other never came."""
        half, self._half = self._half, ""
        return "\ufffd" if half else ""
