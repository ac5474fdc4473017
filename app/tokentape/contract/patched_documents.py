"""Patched documents: what events set whole and others change by patches, which must apply. Pure."""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.field_types import ABSENT, found_at
from tokentape.contract.integrity import Difference
from tokentape.contract.json_patches import PatchedDocument, Unpatchable, Unreadable, Work
from tokentape.contract.life import PatchedValue
from tokentape.contract.steps import part_of
from tokentape.contract.timeline import Seen


def patch_differences(
    contract: Contract, timeline: Sequence[Seen], request: Json
) -> Iterator[Difference]:
    """Patches that don't apply to what is there, of all runs of a stream: a document outlives them.
    Behind one, and before anything is set, nobody knows the document."""
    work = Work()
    for document in contract.documents:
        known = _Known(document, work)
        if document.begins_as is not None and (value := pick(request, document.begins_as)):
            known.set((), value)
        for index, seen in enumerate(timeline):
            yield from known.follow(index, seen)


@dataclass(slots=True)
class _Known:
    """The documents of one sort that are known, by their keys."""

    document: PatchedValue
    work: Work
    values: dict[Hashable, PatchedDocument] = field(default_factory=dict)

    def set(self, key: Hashable, value: Json) -> None:
        try:
            self.values[key] = PatchedDocument(value, self.work)
        except RecursionError:
            self.values.pop(key, None)

    def follow(self, index: int, event: Seen) -> Iterator[Difference]:
        document, kind = self.document, event.kind or ""
        if kind in document.forgotten_by:
            self.values.clear()
        if not isinstance(event.payload, Mapping):
            return
        key: Hashable = () if document.key is None else part_of(pick(event.payload, document.key))
        if (path := document.set_by.get(kind)) is not None:
            whole = found_at(event.payload, path)
            if whole is not ABSENT:  # null is a value, too
                self.set(key, whole)
        path = document.patched_by.get(kind)
        if path is None or (value := self.values.get(key)) is None:
            return
        try:
            value.apply(pick(event.payload, path))
        except Unpatchable as problem:
            del self.values[key]
            words = f"{path} does not apply to the {document.name}: {problem}"
            yield Difference("field_wrong", index, words)
        except (Unreadable, RecursionError):
            del self.values[key]
