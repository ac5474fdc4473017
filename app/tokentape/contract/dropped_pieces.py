"""What of an answer a client drops, since the server began a part of it anew. Pure."""

from collections.abc import Iterator, Sequence, Set

from tokentape.contract.channel_values import Pieces
from tokentape.contract.contract import Contract
from tokentape.contract.life import Life
from tokentape.contract.life_walks import Span
from tokentape.contract.order import named
from tokentape.contract.steps import EventStep, Key, key_of


def shown_pieces(
    contract: Contract, spans: Sequence[Span], answers: list[Pieces] | None
) -> list[Pieces] | None:
    """The answers without what was forgotten back to a kind of `forgotten_from`: what was opened
    before that stays, with all that came of it."""
    if answers is None or len(spans) < 2 or not contract.forgotten_from:
        return answers
    parts = {channel.of for channel in contract.channels if channel.answer}
    lives = [life for life in contract.lives if life.name in parts]
    dropped = {
        place for span in spans[:-1] for life in lives for place in _dropped(contract, span, life)
    }
    return [_without(pieces, dropped) for pieces in answers]


def _without(pieces: Pieces, dropped: Set[int]) -> Pieces:
    return [piece for piece in pieces if piece[0] not in dropped]


def _dropped(contract: Contract, span: Span, life: Life) -> Iterator[int]:
    """The places of a life's events that are forgotten at the end of a span."""
    since = _since(contract, span.steps)
    kinds, opening = named(life.order), life.order.get("opened", {})
    opened: dict[Key, int] = {}
    for step in span.steps:
        if step.kind.name not in kinds or (key := key_of(step, life.key)) is None:
            continue
        if step.kind.name in opening:
            opened[key] = step.index
        if opened.get(key, step.index) > since:
            yield step.index


def _since(contract: Contract, steps: Sequence[EventStep]) -> int:
    """Behind which event all is forgotten: all of the span, where none in it says from where."""
    marks = (step.index for step in steps if step.kind.name in contract.forgotten_from)
    return max(marks, default=-1)
