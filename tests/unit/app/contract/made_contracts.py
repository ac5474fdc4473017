"""Contracts that a test makes up: over event streams, of events without a run or a number."""

from typing import Any

from tokentape.contract.contract import Contract, RequestTemplate

ASK = RequestTemplate(method="POST", path="/")


def made(name: str, **parts: Any) -> Contract:
    """A contract of this name with these kinds, order, lives and channels."""
    return Contract(dialect=name, transport="sse", start=ASK, run=None, seq=None, **parts)
