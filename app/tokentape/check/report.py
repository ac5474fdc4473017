"""Report: all that a check found, and what it says to the one who called it. Pure."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, TypeAlias

from tokentape.check.config import CheckConfig
from tokentape.check.raw_view import RawAnswer
from tokentape.check.result import AnswerResult

ExitCode: TypeAlias = Literal[0, 1, 2, 3]
ReportVerdict: TypeAlias = Literal["right", "wrong", "no verdict", "undecided"]
RIGHT: Literal[0] = 0
WRONG: Literal[1] = 1
COULD_NOT_RUN: Literal[2] = 2
UNDECIDED: Literal[3] = 3
_VERDICTS: tuple[ReportVerdict, ...] = ("right", "wrong", "no verdict", "undecided")
"""By exit code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`stopped_short` says why there is no verdict, or none on everything that was asked for."""

    config: CheckConfig
    results: tuple[AnswerResult, ...]
    stopped_short: str | None = None
    began: datetime | None = None
    """When the check began; `None` of a tape, which was recorded at another time."""
    seconds: float | None = None
    """What the check took."""
    raw: tuple[RawAnswer, ...] = ()
    """All that came, where it is to be shown."""

    @property
    def wrong(self) -> tuple[AnswerResult, ...]:
        """What is to be said of the answers that broke a rule."""
        return tuple(result for result in self.results if result.wrong)

    @property
    def undecided(self) -> tuple[AnswerResult, ...]:
        """The answers that may have broken a rule, and of which nobody can say."""
        return tuple(one for one in self.results if not one.wrong and not one.right)

    @property
    def cuts(self) -> int:
        """How many connections were cut, over all answers."""
        return sum(len(result.observation.cuts) for result in self.results)

    @property
    def exit_code(self) -> ExitCode:
        """Never right on nothing: without an answer there is no verdict. Nor on a doubt."""
        if self.wrong:
            return WRONG
        if self.stopped_short or not self.results:
            return COULD_NOT_RUN
        return UNDECIDED if self.undecided else RIGHT

    @property
    def verdict(self) -> ReportVerdict:
        """The exit code as a word: right, wrong, no verdict or undecided."""
        return _VERDICTS[self.exit_code]

    @property
    def first_tokens_ns(self) -> tuple[int, ...]:
        """From the question to the first text; those who joined later have none."""
        return tuple(
            first
            for result in self.results
            if not result.observation.joined
            and (first := result.verdict.latency.first_token_ns) is not None
        )

    @property
    def gaps_ns(self) -> tuple[int, ...]:
        """Between two texts of one answer; see `AnswerResult.gaps_ns`."""
        return tuple(
            gap for one in self.results if not one.observation.joined for gap in one.gaps_ns
        )

    @property
    def added_ns(self) -> tuple[int, ...]:
        """Between the model's write of a text and its coming here."""
        return tuple(added for result in self.results for added in result.added_ns)

    @property
    def closed_ns(self) -> tuple[int, ...]:
        """From a stop until the model's connection was closed, where it was."""
        return tuple(
            result.upstream_closed_ns
            for result in self.results
            if result.upstream_closed_ns is not None
        )
