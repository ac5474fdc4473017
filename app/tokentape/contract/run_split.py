"""Run split: which events of a stream belong to which run, where it holds several. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.order import UNKNOWN, due_words, follow
from tokentape.contract.shown_value import shown
from tokentape.contract.timeline import Seen


@dataclass(frozen=True, slots=True)
class RunPart:
    """The places of one run's events in the timeline; `lane` is what told it apart from those that
    went on meanwhile."""

    places: tuple[int, ...]
    lane: Json = None


def runs_of(contract: Contract, timeline: Sequence[Seen]) -> tuple[list[RunPart], tuple[int, ...]]:
    """The runs in the order of their beginning, and the places of what belongs to none."""
    if contract.lane is None:
        return [RunPart(part) for part in _restarted(contract, timeline, range(len(timeline)))], ()
    lanes: dict[str, list[int]] = {}
    session: list[int] = []
    for place, seen in enumerate(timeline):
        value = _lane(contract.lane, seen.payload)
        (session if value is None else lanes.setdefault(value, [])).append(place)
    runs = [
        RunPart(part, lane)
        for lane, places in lanes.items()
        for part in _restarted(contract, timeline, places)
    ]
    runs.sort(key=lambda run: run.places[0])
    return runs, tuple(session)


def _lane(paths: str, payload: Json) -> str | None:
    values = (pick(payload, path) for path in paths.split("|"))
    return next((value for value in values if isinstance(value, str)), None)


def _restarted(
    contract: Contract, timeline: Sequence[Seen], places: Sequence[int]
) -> list[tuple[int, ...]]:
    """A stream's runs one after another. One part at least, if it is empty: its end is missing."""
    parts: list[list[int]] = [[]]
    for place in places:
        if parts[-1] and timeline[place].kind in contract.restarts_on:
            parts.append([])
        parts[-1].append(place)
    return [tuple(part) for part in parts]


def asked_for(
    contract: Contract,
    timeline: Sequence[Seen],
    runs: Sequence[RunPart],
    request: Json,
) -> RunPart:
    """The run that repeats the request's values; the last one where none does, since others are
    shown again before it."""
    for path, asked in contract.must_echo.items():
        due = pick(request, asked)
        for run in runs if due is not None else ():
            if path != contract.conversation and any(
                pick(timeline[place].payload, path) == due for place in run.places
            ):
                return run
    return runs[-1] if runs else RunPart(())


def used_twice(
    contract: Contract, timeline: Sequence[Seen], runs: Sequence[RunPart]
) -> Iterator[Difference]:
    """Runs that are called as an earlier one of the stream."""
    for path in contract.own_per_run:
        earlier: set[str] = set()
        for place in (run.places[0] for run in runs if run.places):
            value = pick(timeline[place].payload, path)
            if isinstance(value, str):
                if value in earlier:
                    words = f"{path} is {shown(value)}, as it was of an earlier run"
                    yield Difference("field_wrong", place, words)
                earlier.add(value)


def between_runs(
    contract: Contract, timeline: Sequence[Seen], session: Sequence[int]
) -> Iterator[Difference]:
    """What is wrong with the events of no run, and with runs of several conversations."""
    walk = follow(contract.session, (timeline[place].kind or UNKNOWN for place in session))
    for misstep in walk.missteps:
        seen = timeline[session[misstep.index]]
        if contract.unknown == "passed" and seen.kind is None:
            continue
        due = due_words(misstep.allowed)
        name = seen.kind or seen.event or "an unknown frame"
        words = f"{name} of no run came where {due}"
        yield Difference("out_of_order", session[misstep.index], words)
    if contract.conversation is None:
        return
    first: Json = None
    for index, seen in enumerate(timeline):
        value = pick(seen.payload, contract.conversation)
        if value is not None and first is not None and value != first:
            words = f"{contract.conversation} was {shown(first)}, now {shown(value)}"
            yield Difference("id_changed", index, words)
            return
        first = value if first is None else first
