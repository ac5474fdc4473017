"""What went wrong, in words that say what happened and what to do about it.

Pure: one row a code; codes that servers make up are shown as they came.
"""

import math
from dataclasses import dataclass

from tokentape.client.turn import TurnRefused, Unreachable


@dataclass(frozen=True, slots=True)
class Problem:
    """What happened, its stable code, and the way out."""

    happened: str
    code: str
    advice: str


PROBLEMS: dict[str, tuple[str, str]] = {
    "BAD_REQUEST": ("The server could not accept the message.", "Change it and send it again."),
    "UNAUTHORIZED": ("The server wants a token.", "Start it without required tokens, or sign in."),
    "NOT_FOUND": ("The conversation is gone.", "Clear the page and start a new one."),
    "RATE_LIMIT": (
        "Too many messages in a short time, or answers at once.",
        "Wait a little, or start the server with RATE_LIMIT_ANONYMOUS=off.",
    ),
    "INVALID_MODEL": ("The server does not offer this model.", "Choose another model."),
    "CONTEXT_TOO_LONG": (
        "The conversation is longer than the model can take.",
        "Clear the page and start a new one.",
    ),
    "BUSY": (
        "This conversation is still being answered.",
        "Wait for the answer, or stop it, then send again.",
    ),
    "UPSTREAM_REFUSED": (
        "The model's server refused the request.",
        "Look at the scenario or the fault that was asked for, or at the server's key.",
    ),
    "UPSTREAM_RATE_LIMIT": ("The model's server is out of its limits.", "Wait, then retry."),
    "UPSTREAM_TIMEOUT": (
        "The model fell silent for too long.",
        "Retry; UPSTREAM_STALL_TIMEOUT_S sets how long is too long.",
    ),
    "UPSTREAM_LOST": (
        "The connection to the model broke off in the middle of the answer.",
        "What came is kept and marked incomplete. Retry to ask again.",
    ),
    "UPSTREAM_TRUNCATED": (
        "The model's stream ended before the answer was finished.",
        "What came is kept and marked incomplete. Retry to ask again.",
    ),
    "UPSTREAM_MALFORMED": (
        "The model's server sent something that cannot be read.",
        "What came is kept and marked incomplete. Retry to ask again.",
    ),
    "SHUTTING_DOWN": ("The server is shutting down.", "Retry when it is back."),
    "INTERNAL": ("The server failed.", "Its log says more. Retry to ask again."),
    "UNREACHABLE": ("No connection to the server.", "See that it is running, then retry."),
    "NO_END": (
        "The stream ended without saying that it ended.",
        "What came is shown. The verdict names what is missing.",
    ),
    "NOT_KEPT": (
        "The server no longer has this answer.",
        "It may be another user's: enter their token, or ask again.",
    ),
    "NO_RUN": (
        "Stopped before the first event, when the run had no name yet.",
        "The page no longer listens; the server ends the run after its grace time.",
    ),
}

_UNKNOWN = ("The answer failed.", "Retry to ask again.")


def problem_of(code: str | None) -> Problem:
    """The problem behind a code."""
    happened, advice = PROBLEMS.get(code or "", _UNKNOWN)
    return Problem(happened, code or "no code", advice)


def problem_from(error: TurnRefused | Unreachable) -> Problem:
    """The problem behind a turn that got no stream."""
    if isinstance(error, Unreachable):
        return problem_of("UNREACHABLE")
    happened, advice = PROBLEMS.get(error.code, (error.message, _UNKNOWN[1]))
    if error.code == "BAD_REQUEST":
        happened = error.message
    if error.retry_after_s is not None:
        advice = f"Wait {_in_words(error.retry_after_s)}, then retry."
    return Problem(happened, error.code, advice)


def _in_words(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"
