"""The segments of an answer: what is said in one piece, however many steps have said it."""

from typing import NamedTuple

from mock_openai.scenarios.answer import Choice
from mock_openai.scenarios.parts import Kind


class Segment(NamedTuple):
    """Adjacent parts that say one thing: parts `first` to before `last` of the choice."""

    kind: Kind
    text: str
    first: int
    last: int
    name: str = ""
    key: str = ""


def segments_of(choice: Choice) -> list[Segment]:
    """Calls stay apart; empty texts are none."""
    segments: list[Segment] = []
    for number, part in enumerate(choice.parts):
        if not part.text and part.kind != "tool":
            continue
        before = segments[-1] if segments else None
        if before is not None and before.kind == part.kind != "tool":
            segments[-1] = before._replace(text=before.text + part.text, last=number + 1)
        else:
            segments.append(Segment(part.kind, part.text, number, number + 1, part.name, part.key))
    return segments
