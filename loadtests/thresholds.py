"""Thresholds: what a run must reach to pass. Pure; each breach is a sentence."""

from collections.abc import Iterator
from dataclasses import dataclass

from loadtests.book import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    min_answers: int = 1
    """For each contract that had users. An empty run proves nothing, so less than one isn't had."""
    max_wrong: int = 0
    """Answers with a failure of any kind, planted ones included."""
    min_planted: int = 0
    """Faults that the mock must have placed, for a run that is there to find them."""

    def __post_init__(self) -> None:
        if self.min_answers < 1:
            raise ValueError("a run without answers can't pass: min_answers is 1 or more")


def breaches(book: Book, thresholds: Thresholds) -> list[str]:
    """Why the run fails; empty when it passes."""
    return list(_breaches(book, thresholds))


def _breaches(book: Book, thresholds: Thresholds) -> Iterator[str]:
    if not book.answers:
        yield "no answer was seen: an empty run proves nothing"
        return
    planted = sum(tally.planted for tally in book.tallies.values())
    if planted < thresholds.min_planted:
        yield f"{planted} faults were planted, at least {thresholds.min_planted} are due"
    for key, tally in sorted(book.tallies.items()):
        if tally.users and tally.answers < thresholds.min_answers:
            yield f"{key}: {tally.answers} answers, at least {thresholds.min_answers} are due"
        if tally.wrong > thresholds.max_wrong:
            kinds = ", ".join(f"{kind} {count}" for kind, count in tally.failures.most_common())
            yield f"{key}: {tally.wrong} of {tally.answers} answers are wrong ({kinds})"
        unseen = tally.planted - tally.planted_found
        if unseen:
            yield f"{key}: {unseen} of {tally.planted} planted faults went unseen"
