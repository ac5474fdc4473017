"""What can be put under load: every dialect that we speak, any OpenAI-compatible server, and the
metronome. Pure."""

from collections.abc import Mapping

from tokentape.contract.contract import Contract
from tokentape.contract.nearest import nearest
from tokentape.contract.openai import CHAT
from tokentape.dialects.contracts import CONTRACTS
from tokentape_load.metronome import contract as metronome

LOADABLE: Mapping[str, Contract] = {
    **CONTRACTS,
    **{each.key: each for each in (CHAT, metronome.SSE, metronome.SOCKETIO, metronome.WEBSOCKET)},
}
DIALECTS = tuple(dict.fromkeys(contract.dialect for contract in LOADABLE.values()))


def chosen(dialects: str) -> list[Contract]:
    """The contracts that a comma-separated list of dialects and contracts names.

    Raises `ValueError`.
    """
    contracts: dict[str, Contract] = {}
    for name in (part.strip() for part in dialects.split(",")):
        matching = {key: each for key, each in LOADABLE.items() if name in (key, each.dialect)}
        if name and not matching:
            near = nearest(name, (*DIALECTS, *LOADABLE))
            raise ValueError(f"{name}: there is no such dialect or contract.{near}")
        contracts |= matching
    return list(contracts.values())


def served(*, with_token: bool = True) -> list[Contract]:
    """What our own app speaks. Who has no token is let into some of it alone."""
    return [each for each in CONTRACTS.values() if with_token or not each.needs_token]
