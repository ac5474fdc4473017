"""Whether it was one stream that was kept back, or the whole server that was late.

A buffer on the way keeps the pieces of some stream while others flow. A server that was halted, or
short of CPU, is late with all at once: its latency tells, and no stream was kept back. Pure.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from tokentape.contract.buffering import HALTS, HELD_NS, STEADY_NS, Hold
from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.judging.hold_detection import Course

ANSWERS_MAX = 2_000
"""Answers of a contract that are remembered; the oldest goes first."""

_ENOUGH = 3
"""Answers of the same contract by which a stretch of time is judged; of fewer, all contracts'."""

_APART_NS = 50_000_000
"""Holds that end further apart are no single halt's."""

_MOST = 32
"""Answers that are looked at."""


@dataclass(slots=True)
class _Known:
    courses: deque[tuple[str, Course]] = field(default_factory=lambda: deque(maxlen=ANSWERS_MAX))
    """With the tag of the question: who saw the same answer is no witness."""
    answers: int = 0
    held: int = 0
    """Of them, those in which something was surely held."""
    ends_ns: list[int] = field(default_factory=list)
    """When holds ended, apart from each other; as many as are counted."""

    @property
    def keeps(self) -> bool:
        """Whether most answers are kept back, and at more times than halts explain."""
        return 2 * self.held > self.answers and len(self.ends_ns) > HALTS

    def note(self, holds: Sequence[Hold]) -> None:
        """Count an answer, with what came together in it."""
        kept = [hold for hold in holds if hold.certain]
        self.answers += 1
        self.held += bool(kept)
        for hold in kept:
            apart = all(abs(hold.at_ns - end_ns) > _APART_NS for end_ns in self.ends_ns)
            if apart and len(self.ends_ns) <= HALTS:
                self.ends_ns.append(hold.at_ns)


@dataclass(slots=True)
class Flow:
    """All answers whose model's times are known."""

    _contracts: dict[str, _Known] = field(default_factory=dict)

    def add(self, result: AnswerResult) -> None:
        if result.course is None:
            return
        known = self._contracts.setdefault(result.contract, _Known())
        known.note(result.holds)
        known.courses.append((result.tag, result.course))

    def kept_back(self, result: AnswerResult) -> Sequence[Hold]:
        """Which of an answer's holds were its own, or may have been."""
        known = self._contracts.get(result.contract)
        if known is None:
            return result.holds
        if known.keeps:  # then it was not late: it buffers
            return [replace(hold, doubt="") if hold.certain else hold for hold in result.holds]
        judged = (self._judged(result, hold) for hold in result.holds)
        return [hold for hold in judged if hold is not None]

    def _judged(self, result: AnswerResult, hold: Hold) -> Hold | None:
        """By the answers that were written at that time too; `None` where all were as late."""
        own = self._contracts[result.contract]
        lates = self._lates([own], result, hold)
        if len(lates) < _ENOUGH:
            lates = self._lates(self._contracts.values(), result, hold)
        if len(lates) < _ENOUGH:
            return hold
        middle = len(lates) // 2
        sure_ns = sorted(sure for sure, _ in lates)[middle]
        most_ns = sorted(most for _, most in lates)[middle]
        if sure_ns > hold.held_ns - STEADY_NS:
            return None
        if hold.certain and hold.held_ns - most_ns >= HELD_NS:
            return replace(hold, doubt="")
        late = f"the answers beside it were {most_ns / 1e6:.0f} ms late at that time"
        return replace(hold, doubt=late) if hold.certain else hold

    def _lates(
        self, known: Iterable[_Known], result: AnswerResult, hold: Hold
    ) -> list[tuple[int, int]]:
        lates: list[tuple[int, int]] = []
        written_ns = hold.from_ns + hold.held_ns
        for tag, course in (each for one in known for each in reversed(one.courses)):
            if tag == result.tag:
                continue
            if 2 * course.shared(hold.from_ns, written_ns) >= hold.held_ns:
                lates.append(course.late_within(hold.from_ns, hold.at_ns))
                if len(lates) >= _MOST:
                    break
        return lates
