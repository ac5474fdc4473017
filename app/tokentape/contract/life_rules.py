"""Life rules: what does not fit in the walks of lives. Pure."""

from collections.abc import Iterator, Sequence

from tokentape.contract.contract import Contract, Json
from tokentape.contract.integrity import Difference
from tokentape.contract.life_walks import KeyWalk, LifeWalk, Span
from tokentape.contract.order import STREAM_END, Misstep
from tokentape.contract.steps import EventStep, Key, value_at


def life_differences(
    contract: Contract, spans: Sequence[Span], end: int | None
) -> Iterator[Difference]:
    """Missteps, keys out of turn, values that changed, lives left open. `end` is the number of
    events of a stream that stopped where it may."""
    failures = {kind.name for kind in contract.kinds if kind.end == "failed" or kind.never}
    for span in spans:
        yield from _keyless(span)
        for walk in span.walks.values():
            yield from _numbers(walk, span)
            yield from _missteps(walk, failures)
            yield from _constant(walk, blank=contract.blank_ids)
            yield from _twice(walk)
            if walk.life.dense:
                yield from _dense(walk)
            if walk.life.within is not None:
                yield from _within(walk, span.walks[walk.life.within])
        yield from _left_open(contract, span, end)


def _judged(walk: LifeWalk) -> Iterator[KeyWalk]:
    """The keys that were named, and that there may be: of others one fault is said."""
    return (
        one for key, one in walk.keys.items() if key not in walk.beyond and key not in walk.guessed
    )


def _keyless(span: Span) -> Iterator[Difference]:
    """Events that lack their key, once for each path of a key that is missing."""
    reported: set[str] = set()
    for walk in span.walks.values():
        for step in walk.keyless[:1]:
            missing = next(path for path in walk.life.key if value_at(step, path) is None)
            path = missing.partition("|")[0].rpartition("../")[2]
            if path not in reported:
                reported.add(path)
                words = f"{step.kind.name} names no {walk.life.name}: it has no {path}"
                yield Difference("field_wrong", step.index, words)


def _missteps(walk: LifeWalk, failures: set[str]) -> Iterator[Difference]:
    unnamed = {id(step) for step in walk.keyless}
    for one in _judged(walk):
        first: Misstep | None = None
        for misstep in one.missteps:
            step = one.steps[misstep.index]
            if first is not None and (first.kind, first.state) == (misstep.kind, misstep.state):
                continue  # of those that are alike one is enough
            first = misstep
            if id(step) in unnamed:
                continue  # of which it is was a guess
            due = ", ".join(kind for kind in misstep.allowed if kind not in failures) or "nothing"
            words = f"{misstep.kind} of {_name(walk, one.key)} came where only {due} may come"
            yield Difference("out_of_order", step.index, words)


def _constant(walk: LifeWalk, *, blank: bool) -> Iterator[Difference]:
    for one in _judged(walk) if walk.life.constant else ():
        for path in walk.life.constant:
            first: Json = None
            for step in one.steps:
                value = value_at(step, path)
                if value is None or value == first or (blank and value == ""):
                    continue
                if first is None:
                    first = value
                    continue
                words = f"{path} of {_name(walk, one.key)} was {first!r}, now {value!r}"
                yield Difference("id_changed", step.index, words)
                break


def _numbers(walk: LifeWalk, span: Span) -> Iterator[Difference]:
    """More or fewer than were asked for."""
    first = min((walk.keys[key].opened_at for key in walk.beyond), default=None)
    if first is not None:
        names = ", ".join(_name(walk, key) for key in walk.beyond)
        asked = f"{walk.most} was asked for" if walk.most == 1 else f"{walk.most} were asked for"
        due = "their numbers begin with 0 and have no gap" if walk.most is None else asked
        words = f"{names} came, and {due}: many clients show the first alone"
        yield Difference("out_of_order", first, words, about="never")
    elif span.settled and walk.keys and walk.most is not None and len(walk.keys) < walk.most:
        words = f"{walk.most} were asked for, and {len(walk.keys)} came: {walk.life.name}"
        yield Difference("text_lost", span.steps[-1].index, words)


def _twice(walk: LifeWalk) -> Iterator[Difference]:
    """Two of the events that one stands for are of one key."""
    for one in walk.keys.values():
        for before, step in zip(one.steps, one.steps[1:], strict=False):
            if step.number and before.index == step.index and before.number != step.number:
                words = (
                    f"one event holds {_name(walk, one.key)} twice: clients read the first alone"
                )
                yield Difference("out_of_order", step.index, words, about="never")
                return


def _dense(walk: LifeWalk) -> Iterator[Difference]:
    counts: dict[Key, int] = {}
    for one in _judged(walk):
        due = counts.get(one.key[:-1], 0)
        counts[one.key[:-1]] = due + 1
        if one.key[-1] != due:
            words = f"{_name(walk, one.key)} was opened where {due} is due"
            yield Difference("out_of_order", one.opened_at, words)
            return


def _within(walk: LifeWalk, outer: LifeWalk) -> Iterator[Difference]:
    length = len(outer.life.key)
    for one in _judged(walk):
        holder = outer.keys.get(one.key[:length])
        if holder is None or not _holds(outer, holder, one.opened_at):
            name = f"{outer.life.name} {_key(one.key[:length])}"
            words = f"{_name(walk, one.key)} came, and {name} is not open"
            yield Difference("out_of_order", one.opened_at, words)


def _holds(outer: LifeWalk, holder: KeyWalk, index: int) -> bool:
    """Whether it is open there. What opens it, or closes it, may hold an inner one whole."""
    if not outer.rests(holder.state_at(index)) or holder.opened_at == index:
        return True
    return not outer.rests(holder.state_at(index - 1))


def _left_open(contract: Contract, span: Span, end: int | None) -> Iterator[Difference]:
    """Keys that are still open where they must have come to rest, each once."""
    reported: set[int] = set()

    def open_in(walk: LifeWalk, index: int, closing: str, prefix: Key = ()) -> Iterator[Difference]:
        for one in _judged(walk):
            if id(one) in reported or one.key[: len(prefix)] != prefix:
                continue
            # Where its order was left, where it got to is a guess.
            if not one.missteps and not walk.rests(one.state_at(index)):
                reported.add(id(one))
                words = f"{_name(walk, one.key)} is still open when {closing}"
                yield Difference("left_open", index, words)

    for step in span.steps if span.settled else ():
        if step.kind.name in contract.closed_before:
            for walk in span.walks.values():
                yield from open_in(walk, step.index, _comes(step))
    if end is not None and STREAM_END in contract.closed_before:
        for walk in span.walks.values():
            yield from open_in(walk, end, "the stream ends")
    for outer in span.walks.values():
        inner = [walk for walk in span.walks.values() if walk.life.within == outer.life.name]
        for holder in outer.keys.values() if outer.life.closed_before else ():
            for step in holder.steps:
                if step.kind.name in outer.life.closed_before:
                    for walk in inner:
                        yield from open_in(walk, step.index, _comes(step), holder.key)


def _comes(step: EventStep) -> str:
    return f"{step.kind.name} comes"


def _name(walk: LifeWalk, key: Key) -> str:
    return f"{walk.life.name} {_key(key)}"


def _key(key: Key) -> str:
    shown = [part for part in key if part is not None]
    return repr(shown[0]) if len(shown) == 1 else f"({', '.join(map(repr, shown))})"
