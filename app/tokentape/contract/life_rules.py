"""Life rules: what does not fit in the walks of lives. Pure."""

from bisect import bisect_left
from collections.abc import Hashable, Iterator, Sequence
from itertools import zip_longest
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.life_walks import KeyWalk, LifeWalk, Span
from tokentape.contract.order import OPENED, STREAM_END, Misstep, due_words
from tokentape.contract.shown_value import shown
from tokentape.contract.steps import EventStep, Key, part_of, value_at

_NAMED_MAX = 5
"""Keys that one sentence names."""

Closing: TypeAlias = tuple[int, str]
"""Before what a key must have come to rest: its place, and how it is told."""


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
        yield from _referring(span)
        yield from _listing(span)
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
            due = due_words(kind for kind in misstep.allowed if kind not in failures)
            words = f"{misstep.kind} of {_name(walk, one.key)} came where {due}"
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
                words = f"{path} of {_name(walk, one.key)} was {shown(first)}, now {shown(value)}"
                yield Difference("id_changed", step.index, words)
                break


def _numbers(walk: LifeWalk, span: Span) -> Iterator[Difference]:
    """More or fewer than were asked for."""
    first = min((walk.keys[key].opened_at for key in walk.beyond), default=None)
    if first is not None:
        opened = sorted(walk.beyond, key=lambda key: walk.keys[key].opened_at)
        names = ", ".join(_name(walk, key) for key in opened[:_NAMED_MAX])
        names += ", …" if len(walk.beyond) > _NAMED_MAX else ""
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
        if one.key[-1] not in (due, None):
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


def _referring(span: Span) -> Iterator[Difference]:
    """Events that name a key which nobody opened before."""
    for step in span.steps:
        for path, life in step.kind.refers.items():
            value, walk = value_at(step, path), span.walks[life]
            if isinstance(value, str | int) and not walk.opened_before((value,), step):
                words = (
                    f"{path} of {step.kind.name} is {shown(value)}, and no such {life} was opened"
                )
                yield Difference("out_of_order", step.index, words)


def _listing(span: Span) -> Iterator[Difference]:
    """Lists that name other keys than those which are in the state that is due; the first list at
    each path of a kind, for each costs as much as there are keys."""
    looked: set[tuple[str, str]] = set()
    for step in span.steps:
        for path, (life, state) in step.kind.lists.items():
            listed = pick(step.payload, path)
            if not isinstance(listed, list) or (step.kind.name, path) in looked:
                continue
            looked.add((step.kind.name, path))
            named = dict.fromkeys(map(part_of, listed))
            due = dict.fromkeys(
                key[-1]
                for key, one in span.walks[life].keys.items()
                if one.began == OPENED and one.state_at(step.index) == state
            )
            lost = _lost(span, life, step.index)
            if others := [one for one in named if one not in due and one not in lost]:
                words = f"{path} names {_some(others)}: no {life} of this run is {state} by then"
                yield Difference("field_wrong", step.index, words)
            if left_out := [one for one in due if one not in named and one not in lost]:
                words = f"{path} leaves out {_some(left_out)}: a {life} that is {state} by then"
                yield Difference("field_wrong", step.index, words)


def _lost(span: Span, life: str, index: int) -> set[Hashable]:
    """The keys whose state there is a guess, since an event of theirs is missing: that is told of
    the key itself. One that never comes to rest lacks its end, where it had to."""
    walk = span.walks[life]

    def is_lost(one: KeyWalk) -> bool:
        rests = walk.rests(one.state_at(index)) or walk.rests(one.states[-1])
        return bool(one.missteps) or (span.settled and not rests)

    return {key[-1] for key, one in walk.keys.items() if is_lost(one)}


def _some(keys: Sequence[Json]) -> str:
    return ", ".join(map(shown, keys[:_NAMED_MAX]))


def _left_open(contract: Contract, span: Span, end: int | None) -> Iterator[Difference]:
    """Keys that are still open where they must have come to rest, each once."""
    reported: set[int] = set()
    closings = _closings(span.steps, contract.closed_before) if span.settled else []
    if end is not None and STREAM_END in contract.closed_before:
        closings.append((end, "the stream ends"))
    for walk in span.walks.values():
        for one in _judged(walk) if closings else ():
            yield from _open_at(walk, one, closings, reported)
        if walk.life.within is not None:
            yield from _open_within(walk, span.walks[walk.life.within], reported)


def _open_within(walk: LifeWalk, outer: LifeWalk, reported: set[int]) -> Iterator[Difference]:
    names, length = outer.life.closed_before, len(outer.life.key)
    closings = {key: _closings(holder.steps, names) for key, holder in outer.keys.items()}
    for one in _judged(walk) if names else ():
        yield from _open_at(walk, one, closings.get(one.key[:length], []), reported)


def _closings(steps: Sequence[EventStep], names: Sequence[str]) -> list[Closing]:
    return [(step.index, f"{step.kind.name} comes") for step in steps if step.kind.name in names]


def _open_at(
    walk: LifeWalk, one: KeyWalk, closings: Sequence[Closing], reported: set[int]
) -> Iterator[Difference]:
    """The first of these at which the key is open."""
    # Where its order was left, where it got to is a guess.
    if id(one) in reported or one.missteps:
        return
    for step, after, state in zip_longest(one.steps, one.steps[1:], one.states):
        if walk.rests(state):
            continue
        # It is in this state up to its own next event.
        place = bisect_left(closings, step.index, key=lambda closing: closing[0])
        if place < len(closings) and (after is None or closings[place][0] < after.index):
            reported.add(id(one))
            index, closing = closings[place]
            words = f"{_name(walk, one.key)} is still open when {closing}"
            yield Difference("left_open", index, words)
            return


def _name(walk: LifeWalk, key: Key) -> str:
    return f"{walk.life.name} {_key(key)}"


def _key(key: Key) -> str:
    parts = [shown(part) for part in key if part is not None]
    return parts[0] if len(parts) == 1 else f"({', '.join(parts)})"
