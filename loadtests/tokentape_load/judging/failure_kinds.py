"""What may be wrong with an answer of a load run: the contract's violations, and the run's own.

Pure. The violations are the rows of `tokentape.contract.violations`; the run's own stand here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from tokentape.contract.violations import VIOLATIONS, Group, ViolationInfo, ViolationKind, kinds_of

OwnKind: TypeAlias = Literal["unreachable", "unverified", "untold"]
FailureKind: TypeAlias = ViolationKind | OwnKind


@dataclass(frozen=True, slots=True)
class OwnInfo:
    """All that is said of a failure that is no violation of the contract."""

    group: Group
    phrase: str


OWN_FAILURES: Mapping[OwnKind, OwnInfo] = {
    "unreachable": OwnInfo("error", "the server could not be reached"),
    "unverified": OwnInfo("content", "the mock's journal does not know the question"),
    "untold": OwnInfo("order", "a room's event never came to another member"),
}

_ROWS: Sequence[tuple[str, ViolationInfo | OwnInfo]] = (*VIOLATIONS.items(), *OWN_FAILURES.items())

TIMING: frozenset[str] = frozenset(kinds_of("timing"))
"""Failures that a starved load generator may have made up itself."""
ERRORS: frozenset[str] = frozenset(kind for kind, info in _ROWS if info.group == "error")
"""Failures in which the server said, or showed, that it can't answer; all others are violations."""
PHRASES: Mapping[str, str] = {kind: info.phrase for kind, info in _ROWS}
