"""What choices of a stream hold beside text: reasoning and tool calls, in the order in which they
stand between the texts of one read. Pure."""

from typing import Any

from tokentape.runs.events import Aside, Reasoning
from tokentape.runs.reasoning_text import reasoning_text
from tokentape.runs.surrogates import Halves
from tokentape.runs.tool_calls import NoCall, ToolCalls
from tokentape.runs.upstream_errors import Cause, UpstreamFailure


class Asides:
    """Of one answer; true while something waits to be taken."""

    def __init__(self) -> None:
        self._calls = ToolCalls()
        self._reasons = False
        self._half = Halves()
        self._waiting: list[tuple[int, list[Aside]]] = []

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def read(self, choice: dict[str, Any], at: int) -> None:
        """`at`: how many texts of the same read stand before it."""
        delta, message = choice.get("delta"), choice.get("message")
        if isinstance(delta, dict):
            self._read(delta, at)
        elif isinstance(message, dict) and not self._reasons and not self._calls:
            # A message beside deltas, or after them, says all of it once more.
            self._read(message, at)

    def drain(self) -> list[tuple[int, list[Aside]]]:
        """What came since, each with the number of texts of the same read before it."""
        waiting, self._waiting = self._waiting, []
        return waiting

    def close(self) -> None:
        """At the end of the stream: what is still to be told."""
        rest: list[Aside] = [Reasoning(half)] if (half := self._half.rest()) else []
        self._add([*rest, *self._calls.rest()], 0)

    def check(self, *, cut_short: bool) -> None:
        """Raises `UpstreamFailure` for a call that nobody can make, in an answer that is called
        whole; `cut_short`: the server ended it at its longest."""
        try:
            self._calls.check()
        except NoCall as problem:
            code = "UPSTREAM_TRUNCATED" if cut_short else "UPSTREAM_MALFORMED"
            lead = f"The model's server sent {problem}"
            raise UpstreamFailure(code, Cause(), lead) from None

    def _read(self, holder: dict[str, Any], at: int) -> None:
        pieces: list[Aside] = []
        if text := reasoning_text(holder):
            self._reasons = True
            if text := self._half.joined(text):
                pieces.append(Reasoning(text))
        self._add([*pieces, *self._calls.read(holder)], at)

    def _add(self, pieces: list[Aside], at: int) -> None:
        if pieces:
            self._waiting.append((at, pieces))
