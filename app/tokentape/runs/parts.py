"""An answer's pieces, and between them where its parts begin and end. Pure.

For dialects that tell more than text: what belongs together is decided once, for all of them.
"""

from collections.abc import Iterable

from tokentape.runs.events import (
    Event,
    PartEnded,
    PartKind,
    PartStarted,
    Reasoning,
    ReasoningEnded,
    ReasoningStarted,
    Text,
    ToolCallArguments,
    ToolCallEnded,
    ToolCallStarted,
)

Piece = Text | Reasoning | ToolCallStarted | ToolCallArguments


class Parts:
    """Of one answer. Feed it the pieces as they come, and `close` it unless the answer failed."""

    def __init__(self, message_id: str, *, wraps_reasoning: bool = True) -> None:
        """`wraps_reasoning`: `ReasoningStarted` and `ReasoningEnded` stand around such a part."""
        self._message_id = message_id
        self._wraps_reasoning = wraps_reasoning
        self._has_text = False
        self._count = 0
        self._part_id = ""
        self._kind: PartKind | None = None
        self._calls: list[str] = []

    def events(self, pieces: Iterable[Piece]) -> list[Event]:
        """The pieces, with the begins and ends that belong before them."""
        events: list[Event] = []
        for piece in pieces:
            match piece:
                case Text():
                    if self._kind != "text":
                        events += self._turn_to("text")
                case Reasoning():
                    if self._kind != "reasoning":
                        events += self._turn_to("reasoning")
                case ToolCallStarted(call_id):
                    events += self._end_part()
                    self._calls.append(call_id)
                case ToolCallArguments():
                    pass
            events.append(piece)
        return events

    def close(self, *, whole: bool) -> list[Event]:
        """The ends of all that is open; `whole`: the answer was not stopped in its midst."""
        ends: list[Event] = [ToolCallEnded(call_id, whole) for call_id in self._calls]
        self._calls = []
        return self._end_part() + ends

    def _turn_to(self, kind: PartKind) -> list[Event]:
        events = self._end_part()
        self._part_id = f"{self._message_id}-{self._count}"
        if kind == "text" and not self._has_text:
            self._has_text, self._part_id = True, self._message_id
        self._count += 1
        self._kind = kind
        if kind == "reasoning" and self._wraps_reasoning:
            events.append(ReasoningStarted(self._part_id))
        events.append(PartStarted(self._part_id, kind))
        return events

    def _end_part(self) -> list[Event]:
        kind, self._kind = self._kind, None
        if kind is None:
            return []
        ended = PartEnded(self._part_id, kind)
        wrapped = kind == "reasoning" and self._wraps_reasoning
        return [ended, ReasoningEnded(self._part_id)] if wrapped else [ended]
