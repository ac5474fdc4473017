"""Flow: whether it was one stream that was kept back, or the whole server that was late.

A buffer on the way keeps the pieces of some stream while others flow. A server that was halted, or
short of CPU, is late with all at once: its latency tells, and no stream was kept back. Pure.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.contract.buffering import Hold
from loadtests.finding import Finding
from loadtests.held import Course

ANSWERS_MAX = 2_000
"""Answers of a contract that are remembered; the oldest goes first."""

_ENOUGH = 3
"""Answers of the same contract by which a stretch of time is judged; of fewer, all contracts'."""

_ALSO = 8
"""When half of the answers of a time were late by such a part of a hold, nobody held it."""

_MOST = 32
"""Answers that are looked at."""


@dataclass(slots=True)
class _Known:
    courses: deque[tuple[str, Course]] = field(default_factory=lambda: deque(maxlen=ANSWERS_MAX))
    """With the tag of the question: who saw the same answer is no witness."""
    answers: int = 0
    held: int = 0
    """Of them, those in which something was held."""


@dataclass(slots=True)
class Flow:
    """All answers whose model's times are known."""

    _contracts: dict[str, _Known] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        if finding.course is None:
            return
        known = self._contracts.setdefault(finding.contract, _Known())
        known.answers += 1
        known.held += bool(finding.holds)
        known.courses.append((finding.tag, finding.course))

    def kept_back(self, finding: Finding) -> Sequence[Hold]:
        """Which of an answer's holds were its own."""
        known = self._contracts.get(finding.contract)
        if known is None or 2 * known.held > known.answers:
            return finding.holds  # a server that holds most answers was not late: it buffers
        return [hold for hold in finding.holds if hold.held_ns > _ALSO * self._late(finding, hold)]

    def _late(self, finding: Finding, hold: Hold) -> int:
        """By how much the answers were late that were written at that time too, in the middle."""
        own = self._contracts[finding.contract]
        found = self._lates([own], finding, hold)
        if len(found) < _ENOUGH:
            found = self._lates(self._contracts.values(), finding, hold)
        return sorted(found)[len(found) // 2] if found else 0

    def _lates(self, known: Iterable[_Known], finding: Finding, hold: Hold) -> list[int]:
        found: list[int] = []
        written_ns = hold.from_ns + hold.held_ns
        for tag, course in (each for one in known for each in reversed(one.courses)):
            if tag == finding.tag:
                continue
            if 2 * course.shared(hold.from_ns, written_ns) >= hold.held_ns:
                found.append(course.late_within(hold.from_ns, hold.at_ns))
                if len(found) >= _MOST:
                    break
        return found
