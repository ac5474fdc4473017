"""Owners: whose each thing of a run is, followed event by event. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json
from tokentape.contract.integrity import Difference
from tokentape.contract.ownership import OwnerRule
from tokentape.contract.steps import EventStep, value_at

_Owners: TypeAlias = dict[tuple[str, str], Json]


def owner_differences(contract: Contract, steps: Sequence[EventStep]) -> Iterator[Difference]:
    """Events that go on with what is somebody else's, each thing once."""
    if contract.ownership is None:
        return
    rules: dict[str, list[OwnerRule]] = {}
    for rule in contract.ownership.rules:
        rules.setdefault(rule.kind, []).append(rule)
    owners: _Owners = {}
    reported: set[tuple[str, str]] = set()
    for step in steps:
        for rule in rules.get(step.kind.name, ()):
            key = value_at(step, rule.key)
            thing = (rule.thing, key)
            if not isinstance(key, str):
                continue
            owner = value_at(step, rule.owner or contract.ownership.owner)
            due = _due(rule, step, thing, owner, owners)
            if due is not None and thing not in reported:
                reported.add(thing)
                words = f"{rule.thing} {key!r} is {_name(due[0])}, and {step.kind.name} names"
                yield Difference("id_changed", step.index, f"{words} {_name(owner)}")


def _due(
    rule: OwnerRule, step: EventStep, thing: tuple[str, str], owner: Json, owners: _Owners
) -> tuple[Json] | None:
    """The owner that is due in place of this one, `None` where nothing is wrong; notes whose the
    thing is."""
    heir = _inherited(rule, step, owners)
    if heir is not None and owner not in (None, heir[0]):
        return heir
    own = heir[0] if owner is None and heir is not None else owner
    if thing not in owners or rule.sets == "always":
        if rule.sets != "never":
            owners[thing] = own
        return None
    said = owner is not None or heir is not None
    if rule.sets == "if_new" or not said or own == owners[thing]:
        return None
    return (owners[thing],)


def _inherited(
    rule: OwnerRule, step: EventStep, owners: Mapping[tuple[str, str], Json]
) -> tuple[Json] | None:
    if rule.heir_of is None or rule.heir_of_thing is None:
        return None
    parent = (rule.heir_of_thing, value_at(step, rule.heir_of))
    return (owners[parent],) if isinstance(parent[1], str) and parent in owners else None


def _name(owner: Json) -> str:
    return "nobody's in particular" if owner is None else f"{owner!r}"
