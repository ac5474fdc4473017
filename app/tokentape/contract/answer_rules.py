"""The rules of what an answer says, and how it ends. Pure."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from tokentape.contract.channel_values import Pieces
from tokentape.contract.contract import Outcome, pick
from tokentape.contract.error_fields import error_words
from tokentape.contract.integrity import Difference, compare_text, snowballs
from tokentape.contract.shown_value import shown
from tokentape.contract.timeline import Seen


def text_findings(
    answers: Sequence[Pieces],
    timeline: Sequence[Seen],
    text: str | None,
    texts: Sequence[str] | None,
    *,
    stop_asked: bool,
    over: bool,
) -> Iterator[Difference]:
    """The text of each answer beside that of `texts` by its number, or else beside `text`."""
    # What was stopped, failed or cut may rightly lack its end; the missing end is said elsewhere.
    end = next((seen for seen in timeline if seen.end), None)
    completed = end.end == "completed" if end is not None else over
    whole = completed and not stop_asked
    for number, pieces in enumerate(answers):
        due = text
        if texts is not None:
            due = texts[number] if number < len(texts) else None
        found = _text(pieces, len(timeline), due, whole=whole)
        yield from found if len(answers) == 1 else map(partial(_behind, pieces), found)


def _behind(pieces: Pieces, one: Difference) -> Difference:
    """With the place of the piece before it."""
    before = bisect_left(pieces, (one.index, ""))
    return replace(one, behind=pieces[before - 1][0] if before else -1)


def _text(came: Pieces, events: int, due: str | None, *, whole: bool) -> Iterator[Difference]:
    places = [index for index, _ in came]
    pieces = [piece for _, piece in came]
    if due is None:
        if snowballs(pieces):
            message = "each piece repeats all text before it, where only what is new is due"
            yield Difference("text_repeated", places[1], message)
        return
    for difference in compare_text(due, pieces, whole=whole):
        index = places[difference.index] if difference.index < len(places) else events
        yield Difference(difference.kind, index, difference.message)


def outcome_findings(
    timeline: Sequence[Seen], outcome: Outcome | None, end: Seen | None
) -> Iterator[Difference]:
    """An end that is not the one that was due."""
    if end is None or outcome in (None, end.end):
        return
    index = next(index for index, seen in enumerate(timeline) if seen is end)
    code = f" with code {end.code}" if end.code else ""
    told = f"the answer ended as {end.end}{code}, {outcome} was due"
    if end.end != "failed":
        yield Difference("out_of_order", index, told)
        return
    finish = pick(end.payload, "choices.0.finish_reason")
    if isinstance(finish, str) and finish == end.code:
        told += f": finish_reason {shown(finish)} is none of OpenAI's"
        told += " that say that an answer is whole"
    if message := error_words(end.payload)[1]:
        told += f". The server says: {message}"
    yield Difference("failed", index, told)
