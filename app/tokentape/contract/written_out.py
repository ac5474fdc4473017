"""Written out: events that say several things in one, as the events that they stand for. Pure.

The first of a thing stands for its opening, each for a piece, and what comes in its place for its
end. The lives then follow what was written out as if it had come.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.life import Shorthand, Shorthands
from tokentape.contract.steps import EventStep


@dataclass(frozen=True, slots=True)
class _Pending:
    """A thing that is open in short."""

    shorthand: Shorthand
    key: Json
    owner: str | None
    settled: Mapping[str, Json]


def written_out(
    contract: Contract, steps: Sequence[EventStep]
) -> tuple[Sequence[EventStep], Sequence[Difference]]:
    """The steps, those that shorthands among them stand for, and what is wrong with shorthands."""
    if contract.shorthands is None:
        return steps, ()
    writer = _Writer(contract, contract.shorthands)
    return list(writer.write(steps)), writer.differences


class _Writer:
    def __init__(self, contract: Contract, shorthands: Shorthands) -> None:
        self.differences: list[Difference] = []
        self._kinds = {kind.name: kind for kind in contract.kinds}
        self._shorthands = shorthands
        self._by_kind = {one.kind: one for one in shorthands.kinds}
        self._pending: dict[str | None, _Pending] = {}

    def write(self, steps: Sequence[EventStep]) -> Iterator[EventStep]:
        passed, everywhere = self._shorthands.passed_by, self._shorthands.closed_by
        for step in steps:
            name = step.kind.name
            if step.outer is not None or name in passed:
                pass
            elif (shorthand := self._by_kind.get(name)) is not None:
                yield from self._short(step, shorthand)
            elif name in everywhere:
                for owner in list(self._pending):
                    yield from self._close(step, owner)
            elif self._pending:
                yield from self._close(step, self._owner(step))
            yield step

    def _owner(self, step: EventStep) -> str | None:
        path = self._shorthands.owner
        owner = None if path is None else pick(step.payload, path)
        return owner if isinstance(owner, str) else None

    def _short(self, step: EventStep, shorthand: Shorthand) -> Iterator[EventStep]:
        key = pick(step.payload, shorthand.key)
        owner = self._lane(step, shorthand, key)
        pending = self._pending.get(owner)
        if pending is None or pending.shorthand is not shorthand or key not in (None, pending.key):
            yield from self._close(step, owner)
            settled = {
                path: default if (value := pick(step.payload, path)) is None else value
                for path, default in shorthand.settled.items()
            }
            pending = self._pending[owner] = _Pending(shorthand, key, owner, settled)
            yield self._made(step, shorthand.opens, pending, shorthand.needs)
        else:
            self._agree(step, pending)
        if pick(step.payload, shorthand.piece) is not None:
            yield self._made(step, shorthand.goes_on, pending)

    def _lane(self, step: EventStep, shorthand: Shorthand, key: Json) -> str | None:
        """The owner of the thing that an event goes on with, or of the one that it begins."""
        owner = self._owner(step)
        alike = [one for one in self._pending.values() if one.shorthand is shorthand]
        if key is not None:
            return self._owner_by_key(step, key, owner, alike)
        if owner is not None or any(one.owner is None for one in alike):
            return owner
        if len(alike) > 1:
            words = f"{step.kind.name} names nothing, and several that it may mean are open"
            self.differences.append(Difference("field_wrong", step.index, words))
        return alike[0].owner if alike else None

    def _owner_by_key(
        self, step: EventStep, key: Json, owner: str | None, alike: Sequence[_Pending]
    ) -> str | None:
        same = next((one for one in alike if one.key == key), None)
        if same is None:
            return owner
        if owner is not None and owner != same.owner:
            path = self._shorthands.owner
            words = f"{path} of {step.kind.name} {key!r} was {same.owner!r}, now {owner!r}"
            self.differences.append(Difference("id_changed", step.index, words))
        return same.owner

    def _agree(self, step: EventStep, pending: _Pending) -> None:
        for path, due in pending.settled.items():
            value = pick(step.payload, path)
            if value is not None and value != due:
                words = f"{path} of {step.kind.name} {pending.key!r} was {due!r}, now {value!r}"
                self.differences.append(Difference("id_changed", step.index, words))

    def _close(self, step: EventStep, owner: str | None) -> Iterator[EventStep]:
        pending = self._pending.pop(owner, None)
        if pending is not None and pending.key is not None:
            payload = {pending.shorthand.key: pending.key}
            yield EventStep(step.index, self._kinds[pending.shorthand.closes], payload, needs=())

    def _made(
        self, step: EventStep, kind: str, pending: _Pending, needs: tuple[str, ...] = ()
    ) -> EventStep:
        payload = step.payload
        if pending.key is not None and isinstance(payload, dict):
            payload = {**payload, pending.shorthand.key: pending.key}
        return EventStep(step.index, self._kinds[kind], payload, needs=needs)
