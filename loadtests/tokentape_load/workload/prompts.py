"""The message of one turn, with the tag by which the mock's journal finds it again.

Pure. The tag is part of what the mock answers, so each question has a text of its own, and one
stream's text in another's place can't go unseen.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What every question of a run has in common. `faults` strike one question in `fault_every`."""

    seed: int = 0
    directive: str = ""
    """What the mock is told in every question, such as `tokens=400 gap=5ms`."""
    faults: tuple[str, ...] = ()
    fault_every: int = 1


@dataclass(frozen=True, slots=True)
class Question:
    message: str
    tag: str
    planted: bool
    """Whether the mock was asked to go wrong."""


def question(wording: Wording, *, user: int, turn: int) -> Question:
    """The question of one user's turn; the same numbers always give the same question.

    `user` is unique in the whole run, whichever process it is in.
    """
    # Closed at both ends: no tag is a part of another one.
    tag = f"(turn {wording.seed}/{user}/{turn})"
    planted = bool(wording.faults) and _struck(user, turn, wording.fault_every)
    words = [wording.directive] if wording.directive else []
    words += [f"fault={fault}" for fault in wording.faults if planted]
    message = f"Tell me something worth reading. {tag}"
    if words:
        message = f"{message} [[mock: {' '.join(words)}]]"
    return Question(message, tag, planted)


def _struck(user: int, turn: int, every: int) -> bool:
    """One in so many, of each user's questions and of each turn's: primes spread them."""
    return (37 * user + 101 * turn) % every == 0
