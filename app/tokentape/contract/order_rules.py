"""The rules of order: what may come where, and that the end comes, once. Pure."""

from collections.abc import Iterator, Mapping, Sequence

from tokentape.contract.contract import Contract, pick
from tokentape.contract.error_fields import error_words, is_error
from tokentape.contract.integrity import Difference
from tokentape.contract.order import OPENED, UNKNOWN, Misstep, Walk, due_words
from tokentape.contract.shown_value import shown
from tokentape.contract.timeline import Malformed, Seen
from tokentape.contract.violations import ViolationKind


def order_findings(
    contract: Contract, timeline: Sequence[Seen], walk: Walk, *, ends: bool
) -> Iterator[Difference]:
    """What came where it must not, and an end that is lacking; `ends`: one is due."""
    never = {kind.name: kind.never for kind in contract.kinds if kind.never is not None}
    yield from _never(timeline, never)
    ended = next((index for index, seen in enumerate(timeline) if seen.end), len(timeline))
    for misstep, more in _runs(timeline, walk.missteps):
        seen = timeline[misstep.index]
        if isinstance(seen.payload, Malformed):
            problem, about = seen.payload.problem, seen.payload.about
            yield Difference("malformed_frame", misstep.index, problem, about)
            continue
        name = name_of(contract, seen)
        if name in never:
            continue  # said of each of them
        over = walk.ended_at is not None and misstep.index > walk.ended_at
        # Marks may be due behind an end, and no other end.
        over = (
            over
            or misstep.state in contract.may_stop_in
            or bool(seen.end and misstep.index > ended)
        )
        passed = contract.unknown == "passed" and seen.kind is None and not over
        if contract.kind_from is not None and passed:
            # An event that says of no kind that it is of it is no unknown one.
            type_name = pick(seen.payload, contract.kind_from)
            passed = isinstance(type_name, str) and type_name != ""
        if passed and not contract.nearly(seen.event, seen.payload):
            continue
        if over:
            again: ViolationKind = "second_end" if seen.end else "event_after_end"
            yield Difference(again, misstep.index, f"{name} came after the end")
            continue
        due = due_words(allowed(contract, misstep.allowed))
        message = f"{name} came where {due}"
        message += f", and so did {more} more" if more else ""
        # Who says that an answer is complete, and lacks what must come before, has no end.
        unfinished = seen.end == "completed" and misstep.state != OPENED
        yield Difference("missing_end" if unfinished else "out_of_order", misstep.index, message)
    if walk.ended_at is None and ends and walk.state not in contract.may_stop_in:
        yield Difference("missing_end", len(timeline), "the stream ended without a terminal event")


def _never(timeline: Sequence[Seen], never: Mapping[str, str]) -> Iterator[Difference]:
    """What may come nowhere, each kind once."""
    for name, why in never.items():
        places = [index for index, seen in enumerate(timeline) if seen.kind == name]
        if places:
            more = f" ({len(places)} times)" if len(places) > 1 else ""
            yield Difference("out_of_order", places[0], f"{name}{more}: {why}", about="never")


def allowed(contract: Contract, names: Sequence[str]) -> Sequence[str]:
    """What may come, in few words: of errors there are many forms."""
    kinds = {kind.name: kind for kind in contract.kinds}
    due = [name for name in names if name in kinds and kinds[name].never is None]
    failures = [name for name in due if kinds[name].end == "failed"]
    if len(failures) < _FORMS:
        return due
    return [*(name for name in due if name not in failures), "an error"]


_FORMS = 3
"""So many forms of an error are told as one."""


def _runs(timeline: Sequence[Seen], missteps: Sequence[Misstep]) -> Iterator[tuple[Misstep, int]]:
    """Missteps, of which those that follow each other and are alike count as one."""
    first: Misstep | None = None
    more = 0
    for misstep in missteps:
        if first is not None:
            alike = (first.kind, first.state) == (misstep.kind, misstep.state)
            known = not timeline[misstep.index].end and first.kind != UNKNOWN
            if alike and known and misstep.index == first.index + more + 1:
                more += 1
                continue
            yield first, more
        first, more = misstep, 0
    if first is not None:
        yield first, more


def name_of(contract: Contract, event: Seen) -> str:
    """What a message calls an event, with what it nearly is."""
    if event.kind:
        return event.kind
    name = f"unknown event {shown(event.event)}" if event.event else "an unknown frame"
    if isinstance(event.payload, str) and event.payload.lstrip().startswith("{"):
        return f"{name} (a text that is JSON once more: it was serialised twice)"
    if is_error(event.payload) and (words := error_words(event.payload)[1]):
        return f"{name} (it says: {words})"
    nearly = contract.nearly(event.event, event.payload)
    return f"{name} ({nearly})" if nearly else name
