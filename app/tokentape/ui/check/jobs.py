"""The checks that pages have asked for: one a page, few at once, their reports kept while
their pages look at them."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from tokentape.check.config import CheckConfig
from tokentape.check.report import Report
from tokentape.check.report_text import counted
from tokentape.check.result import AnswerResult
from tokentape.check.runner import check, clean
from tokentape.contract.contract import Json
from tokentape.ui.check.report_view import answer_of
from tokentape.ui.server_functions import UnfitInput

log = logging.getLogger(__name__)

AT_ONCE_MAX = 4
KEPT_MAX = 20
EVENTS_MAX = 300_000
"""Events that one check of a page may hold; the command has no such bound."""


@dataclass(slots=True)
class CheckJob:
    """One check: how far it is, what it found, and in the end its report."""

    config: CheckConfig
    turn: int = 0
    events: int = 0
    results: list[AnswerResult] = field(default_factory=list)
    answers: list[Json] = field(default_factory=list)
    report: Report | None = None
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    begun_s: float = field(default_factory=time.monotonic)
    over_s: float | None = None
    why: str = ""
    """Why it was ended early."""
    task: asyncio.Task[None] | None = None
    """Done when there is a report."""
    _checking: asyncio.Task[Report] | None = None

    def start(self) -> None:
        """Begin the check, in a task of its own."""
        self._checking = asyncio.create_task(check(self.config, self._far, self._add_results))
        self.task = asyncio.create_task(self._conclude(self._checking))

    def cancel(self, why: str = "Cancelled") -> None:
        """End it; what was found so far is its report."""
        if self._checking is not None and not self._checking.done():
            self.why = why
            self._checking.cancel()

    async def _conclude(self, checking: asyncio.Task[Report]) -> None:
        await asyncio.wait({checking})
        if checking.cancelled():
            report = self._so_far(f"{self.why} after {counted(len(self.results), 'answer')}.")
        elif error := checking.exception():  # the page's outermost edge: the log has the rest
            log.error("a check of the page broke", exc_info=error)
            report = self._so_far("The check itself broke; the server's log says where.")
        else:
            report = checking.result()
        self.report = _without_tokens(report)
        self.config = self.report.config
        self.over_s = time.monotonic()

    def _so_far(self, why: str) -> Report:
        return Report(
            config=self.config,
            results=tuple(self.results),
            stopped_short=why,
            began=self.began,
            seconds=time.monotonic() - self.begun_s,
        )

    def _far(self, turn: int, events: int) -> None:
        self.turn, self.events = turn, events
        if events > EVENTS_MAX:
            self.cancel(
                f"Ended at {EVENTS_MAX:,} events, the most that a page holds (`tokentape check`"
                " has no such bound)"
            )

    def _add_results(self, results: Sequence[AnswerResult]) -> None:
        self.results += results
        self.answers.extend(answer_of(result) for result in results)

    def to_json(self, since: int) -> Json:
        """How far it is, and the answers from number `since` on."""
        until_s = time.monotonic() if self.over_s is None else self.over_s
        return {
            "running": self.report is None,
            "turn": self.turn,
            "turns": self.config.turns,
            "events": self.events,
            "elapsed_s": round(until_s - self.begun_s, 1),
            "answers": self.answers[since:],
        }


def _without_tokens(report: Report) -> Report:
    """The tokens are needed no more, and go into no report."""
    return clean(report)


class CheckJobs:
    """By the pages' sessions. Past the bound the oldest goes, with its report."""

    def __init__(self) -> None:
        self._runnings: OrderedDict[str, CheckJob] = OrderedDict()

    def of(self, session: str) -> CheckJob | None:
        """The latest check of a page, if it is kept."""
        return self._runnings.get(session)

    def leave(self, session: str) -> None:
        """The page was closed: its check ends, and makes room for another's."""
        if running := self._runnings.pop(session, None):
            running.cancel("The page was closed")

    def start(self, session: str, config: CheckConfig) -> CheckJob:
        """Raises `UnfitInput` while the page has one under way, or the server has too many."""
        under_way = [one for one in self._runnings.values() if one.report is None]
        before = self.of(session)
        if before is not None and before.report is None:
            raise UnfitInput("A check is under way on this page: cancel it first.")
        if len(under_way) >= AT_ONCE_MAX:
            raise UnfitInput(
                f"{AT_ONCE_MAX} checks are under way on this server: wait for one to end."
            )
        running = self._runnings[session] = CheckJob(config)
        self._runnings.move_to_end(session)
        over = [key for key, one in self._runnings.items() if one.report is not None]
        for key in over[: max(0, len(self._runnings) - KEPT_MAX)]:
            del self._runnings[key]
        running.start()
        return running
