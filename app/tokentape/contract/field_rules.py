"""The rules of single fields over a whole answer: what stays, what belongs together, what is text,
and what has all text so far. Pure."""

from collections.abc import Iterator, Sequence

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.growing_text import GrowingText
from tokentape.contract.integrity import Difference
from tokentape.contract.shown_value import shown
from tokentape.contract.timeline import Seen


def accumulated(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    """Fields that have all text so far, where they have another."""
    fields = {kind.name: kind.accumulated for kind in contract.kinds if kind.accumulated}
    due, said_before = GrowingText(), GrowingText()
    for index, seen in enumerate(timeline):
        if seen.text:
            due.add(seen.text)
            said_before.add(seen.text)
        path = fields.get(seen.kind or "")
        if path is None:
            continue
        said = pick(seen.payload, path)
        # After a disagreement, going on from either side of it is no second one.
        if not isinstance(said, str) or due.equals(said) or said_before.equals(said):
            continue
        yield Difference(
            "accumulated_mismatch",
            index,
            f"{path} has {len(said)} characters, the pieces so far make {due.size}",
        )
        said_before = GrowingText(said)


def steady(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    """Fields that must stay what they were, where they change."""
    paths = [*contract.steady, *([contract.run] if contract.run else [])]
    for path in paths:
        first: object = None
        for index, seen in enumerate(timeline):
            value = pick(seen.payload, path)
            if value is None or (contract.blank_ids and _is_blank(value)):
                continue
            if first is None:
                first = value
            elif value != first:
                words = f"{path} was {shown(first)}, now {shown(value)}"
                yield Difference("id_changed", index, words)
                break


def _is_blank(value: Json) -> bool:
    return value == "" or (value == 0 and not isinstance(value, bool))


def typed(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    """Text that is no text: clients that append show something else, or nothing."""
    exact = {
        kind.name for kind in contract.kinds if contract.text_paths.get(kind.name) in kind.fields
    }
    for index, seen in enumerate(timeline):
        path = contract.text_paths.get(seen.kind or "")
        if path is None or seen.text is not None or seen.kind in exact:
            continue
        value = pick(seen.payload, path)
        if value is None or isinstance(value, str):
            continue
        what = {dict: "an object", list: "a list", bool: "true or false"}.get(
            type(value), "a number"
        )
        message = f"{path} is {what}, where text is due: who takes text alone loses it"
        yield Difference("malformed_frame", index, message, about="no text")
        return


def tied(contract: Contract, timeline: Sequence[Seen]) -> Iterator[Difference]:
    """Fields that belong together, where one has another beside it than before."""
    for path, other in contract.tied.items():
        known: dict[str, Json] = {}
        for index, seen in enumerate(timeline):
            key, value = pick(seen.payload, path), pick(seen.payload, other)
            if not isinstance(key, str) or value is None:
                continue
            before = known.setdefault(key, value)
            if value != before:
                where = f"where {path} is {shown(key)}"
                message = f"{other} was {shown(before)} {where}, now {shown(value)}"
                yield Difference("id_changed", index, message)
                break
