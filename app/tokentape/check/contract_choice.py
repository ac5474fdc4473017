"""The contract that a dialect's name and a transport stand for."""

from tokentape.check.could_not_run import CouldNotRun
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract
from tokentape.contract.nearest import nearest
from tokentape.contract.openai import OPENAI
from tokentape.dialects.contracts import CONTRACTS

FOREIGN = (MESSAGES, *OPENAI.values())
"""What other servers speak."""

_ALL = {contract.key: contract for contract in (*CONTRACTS.values(), *FOREIGN)}
CHOICES: dict[str, tuple[Contract, ...]] = {
    dialect: tuple(one for one in _ALL.values() if one.dialect == dialect)
    for dialect in dict.fromkeys(one.dialect for one in _ALL.values())
}


def choose(dialect: str, transport: str | None) -> Contract:
    """Without a transport the dialect's first. Raises `CouldNotRun`."""
    if dialect not in CHOICES:
        raise CouldNotRun(f"There is no dialect {dialect!r}.{nearest(dialect, CHOICES)}")
    contracts = {contract.transport: contract for contract in CHOICES[dialect]}
    if transport is None:
        return CHOICES[dialect][0]
    for name, contract in contracts.items():
        if name == transport:
            return contract
    spoken = " or ".join(contracts)
    raise CouldNotRun(f"{dialect} is spoken over {spoken}, not over {transport!r}.")
