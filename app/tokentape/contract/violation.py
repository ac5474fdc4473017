"""Violation: the closed set of ways in which a stream can break its contract."""

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

ViolationKind: TypeAlias = Literal[
    "out_of_order",
    "event_after_end",
    "missing_end",
    "second_end",
    "seq_gap",
    "seq_duplicate",
    "seq_reordered",
    "text_lost",
    "text_repeated",
    "text_reordered",
    "text_altered",
    "accumulated_mismatch",
    "id_changed",
    "malformed_frame",
    "wrong_content_type",
    "first_token_late",
    "stalled",
    "buffered",
    "refused",
    "failed",
]

Cause: TypeAlias = Literal[
    "",
    "another protocol",
    "compressed",
    "empty",
    "end mark",
    "error field",
    "html page",
    "json error",
    "limited",
    "lines of JSON",
    "lost",
    "never",
    "no access",
    "no text",
    "not UTF-8",
    "not streamed",
    "not understood",
    "redirect",
    "server failed",
    "silent",
    "unfinished",
    "wrong place",
]
"""Why a contract was broken, where that is known more exactly than the kind says; empty where it
is not."""

CAUSES: tuple[str, ...] = get_args(Cause)

VIOLATION_KINDS: tuple[str, ...] = get_args(ViolationKind)


@dataclass(frozen=True, slots=True)
class Violation:
    """One breach: what, where in the timeline (index of the event), when (from the start), and why.

    An index equal to the timeline's length means: after the last event.
    """

    kind: ViolationKind
    index: int
    offset_ms: float | None
    message: str
    about: Cause = ""

    def __str__(self) -> str:
        when = "" if self.offset_ms is None else f" at {self.offset_ms:.1f} ms"
        return f"{self.kind} at event {self.index}{when}: {self.message}"
