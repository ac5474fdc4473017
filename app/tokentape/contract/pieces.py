"""What the model wrote, beside what came of it, each time as a span. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from tokentape.contract.timeline import Seen


@dataclass(frozen=True, slots=True)
class Piece:
    """One chunk of the model's: written after `early_ns` and by `written_ns`; its last character
    came after `after_ns` and by `at_ns`, with the event at `index`."""

    early_ns: int
    written_ns: int
    after_ns: int
    at_ns: int
    index: int

    @property
    def late_ns(self) -> int:
        """So long it was on its way, at least."""
        return max(0, self.after_ns - self.written_ns)


def pieces_of(
    timeline: Sequence[Seen],
    chunks: Sequence[str],
    written_ns: Sequence[int],
    early_ns: Sequence[int],
) -> list[Piece]:
    """The chunks that came whole, up to the first character that is another than was written: from
    there on a place in the text says nothing of a chunk."""
    text = "".join(chunks)
    whole: list[Piece] = []
    number, place, end, came = 0, 0, len(chunks[0]) if chunks else 0, 0
    for index, event in enumerate(timeline):
        if not event.text:
            continue
        if not text.startswith(event.text, came):
            break
        came += len(event.text)
        while number < len(chunks) and end <= came:
            if end > place:  # of a chunk without text nothing comes
                whole.append(
                    Piece(early_ns[number], written_ns[number], event.after_ns, event.at_ns, index)
                )
            place, number = end, number + 1
            end += len(chunks[number]) if number < len(chunks) else 0
    return whole
