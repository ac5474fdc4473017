"""Turn: what a viewer asks for, in the words that every contract's templates use."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from tokentape.client.failures import TurnRefused, Unreachable
from tokentape.contract.contract import Json

__all__ = ["Turn", "TurnRefused", "Unreachable"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One question. What a dialect has no place for is left out when the request is spelled."""

    message: str
    conversation: str | None = None
    """The id that an earlier turn returned, to continue its conversation."""
    model: str | None = None
    user: str = "anonymous"
    token: str | None = None
    """A JSON web token."""
    max_tokens: int | None = None
    temperature: float | None = None

    def values(self) -> Mapping[str, Json]:
        """The values for `$name` places in a contract's templates."""
        return asdict(self)
