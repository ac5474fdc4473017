"""Contract changes: small ones, by name, each of which gives another contract. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tokentape.contract.contract import Contract, Kind
from tokentape.contract.order import Order, State


def change_kind(contract: Contract, name: str, **changes: Any) -> Contract:
    """With other fields of one kind; a contract without that kind stays as it is."""
    kinds = [replace(kind, **changes) if kind.name == name else kind for kind in contract.kinds]
    return replace(contract, kinds=tuple(kinds))


def with_kind(contract: Contract, kind: Kind, *, before: str | None) -> Contract:
    """With one kind more, tried before another one; `None`: after all others."""
    kinds = list(contract.kinds)
    names = [one.name for one in kinds]
    kinds.insert(names.index(before) if before in names else len(kinds), kind)
    return replace(contract, kinds=tuple(kinds))


def goes_like(contract: Contract, name: str, other: str) -> Contract:
    """Where a kind may come the other one may too, and leads to the same: in all orders."""

    def more(order: Order) -> Order:
        return {
            state: {**exits, other: exits[name]} if name in exits else exits
            for state, exits in order.items()
        }

    lives = [replace(life, order=more(life.order)) for life in contract.lives]
    return replace(contract, order=more(contract.order), lives=tuple(lives))


def may_come(contract: Contract, name: str, states: Sequence[State]) -> Contract:
    """A kind may come in these states of the run, which it leaves as they are."""
    order = {
        state: {**exits, name: state} if state in states else exits
        for state, exits in contract.order.items()
    }
    return replace(contract, order=order)


def change_life(
    contract: Contract,
    name: str,
    *,
    exits: Mapping[State, Mapping[str, State]] | None = None,
    **changes: Any,
) -> Contract:
    """With more exits, which do not replace what is there, and other fields of one life."""

    def changed(order: Order) -> Order:
        more = exits or {}
        return {state: {**more.get(state, {}), **there} for state, there in order.items()}

    lives = [
        replace(life, order=changed(life.order), **changes) if life.name == name else life
        for life in contract.lives
    ]
    return replace(contract, lives=tuple(lives))
