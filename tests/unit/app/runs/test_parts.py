"""Where an answer's parts begin and end."""

from hypothesis import given
from hypothesis import strategies as st

from tokentape.runs.events import (
    Event,
    PartEnded,
    PartStarted,
    Reasoning,
    ReasoningEnded,
    ReasoningStarted,
    Text,
    ToolCallArguments,
    ToolCallEnded,
    ToolCallStarted,
)
from tokentape.runs.parts import Parts, Piece


def told(*reads: list[Piece], whole: bool = True) -> list[Event]:
    """All events of an answer whose pieces came in these reads."""
    parts = Parts("m")
    events = [event for pieces in reads for event in parts.events(pieces)]
    return events + parts.close(whole=whole)


def test_an_answer_of_text_is_one_part_with_the_id_of_its_message() -> None:
    assert told([Text("Hel")], [Text("lo"), Text("!")]) == [
        PartStarted("m", "text"),
        Text("Hel"),
        Text("lo"),
        Text("!"),
        PartEnded("m", "text"),
    ]


def test_reasoning_ends_where_text_begins() -> None:
    assert told([Reasoning("h"), Reasoning("m"), Text("Hello")]) == [
        ReasoningStarted("m-0"),
        PartStarted("m-0", "reasoning"),
        Reasoning("h"),
        Reasoning("m"),
        PartEnded("m-0", "reasoning"),
        ReasoningEnded("m-0"),
        PartStarted("m", "text"),
        Text("Hello"),
        PartEnded("m", "text"),
    ]


def test_text_after_a_call_is_another_part_and_the_calls_end_together() -> None:
    calls: list[Piece] = [ToolCallStarted("a", "f"), ToolCallStarted("b", "g")]
    pieces: list[Piece] = [ToolCallArguments("b", "{}"), ToolCallArguments("a", "{}")]
    assert told([Text("Hel")], calls, pieces, [Text("lo")]) == [
        PartStarted("m", "text"),
        Text("Hel"),
        PartEnded("m", "text"),
        *calls,
        *pieces,
        PartStarted("m-1", "text"),
        Text("lo"),
        PartEnded("m-1", "text"),
        ToolCallEnded("a"),
        ToolCallEnded("b"),
    ]


def test_a_call_that_is_stopped_is_not_called_whole() -> None:
    assert told([ToolCallStarted("a", "f")], whole=False)[-1] == ToolCallEnded("a", whole=False)


def test_an_answer_of_nothing_has_no_parts() -> None:
    assert told() == []


PIECES = st.sampled_from([Text("t"), Reasoning("r"), ToolCallStarted("a", "f")])


@given(st.lists(st.lists(PIECES, max_size=4), max_size=6))
def test_each_piece_stands_in_a_part_of_its_kind_and_all_that_opens_closes(
    reads: list[list[Piece]],
) -> None:
    events = told(*reads)
    assert [one for one in events if isinstance(one, Text | Reasoning | ToolCallStarted)] == [
        piece for pieces in reads for piece in pieces
    ]
    part: PartStarted | None = None
    seen, calls = set(), 0
    for event in events:
        match event:
            case PartStarted(part_id):
                assert part is None
                assert part_id not in seen
                seen.add(part_id)
                part = event
            case PartEnded(part_id, kind):
                assert part == PartStarted(part_id, kind)
                part = None
            case Text():
                assert part
                assert part.kind == "text"
            case Reasoning():
                assert part
                assert part.kind == "reasoning"
            case ToolCallStarted():
                calls += 1
            case ToolCallEnded():
                calls -= 1
    assert part is None
    assert calls == 0
    started = [one.part_id for one in events if isinstance(one, ReasoningStarted)]
    assert started == [one.part_id for one in events if isinstance(one, ReasoningEnded)]
