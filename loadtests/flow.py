"""Flow: whether it was one stream that was kept back, or the whole server that was late.

A buffer on the way keeps the pieces of some stream while others flow. A server that was halted, or
short of CPU, is late with all at once: its latency tells, and no stream was kept back. Pure.
"""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.contract.buffering import Hold
from loadtests.finding import Finding

ANSWERS_MAX = 2_000
"""Answers of a contract that are remembered; the oldest goes first."""

_ENOUGH = 3
"""Answers of the same contract by which a stretch of time is judged; of fewer, all contracts'."""

_ALSO = 8
"""When half of the answers of a time were late by such a part of a hold, nobody held it."""

_MOST = 32
"""Answers that are looked at."""


@dataclass(frozen=True, slots=True)
class _Course:
    """One answer's way, from its question to its last text, and when it was late."""

    tag: str
    from_ns: int
    until_ns: int
    late_ns: tuple[tuple[int, int], ...]

    def late_within(self, from_ns: int, until_ns: int) -> int:
        """The longest lateness within this time."""
        within = (min(at, until_ns) - max(written, from_ns) for written, at in self.late_ns)
        return max(0, max(within, default=0))


@dataclass(slots=True)
class _Known:
    courses: deque[_Course] = field(default_factory=lambda: deque(maxlen=ANSWERS_MAX))
    answers: int = 0
    held: int = 0
    """Of them, those in which something was held."""


@dataclass(slots=True)
class Flow:
    """All answers whose model's times are known."""

    _contracts: dict[str, _Known] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        if finding.late_ns is None or not finding.texts_ns:
            return
        known = self._contracts.setdefault(finding.contract, _Known())
        known.answers += 1
        known.held += bool(finding.holds)
        known.courses.append(
            _Course(finding.tag, finding.started_ns, finding.texts_ns[-1], finding.late_ns)
        )

    def kept_back(self, finding: Finding) -> Sequence[Hold]:
        """Which of an answer's holds were its own."""
        known = self._contracts.get(finding.contract)
        if known is None or 2 * known.held > known.answers:
            return finding.holds  # a server that holds most answers was not late: it buffers
        return [hold for hold in finding.holds if hold.held_ns > _ALSO * self._late(finding, hold)]

    def _late(self, finding: Finding, hold: Hold) -> int:
        """By how much the answers of that time were late, in the middle of them."""
        own = self._contracts[finding.contract]
        found = self._lates([own], finding, hold)
        if len(found) < _ENOUGH:
            found = self._lates(self._contracts.values(), finding, hold)
        return sorted(found)[len(found) // 2] if found else 0

    def _lates(self, known: Iterable[_Known], finding: Finding, hold: Hold) -> list[int]:
        found: list[int] = []
        for course in (course for each in known for course in reversed(each.courses)):
            shared = min(course.until_ns, hold.at_ns) - max(course.from_ns, hold.from_ns)
            if 2 * shared >= hold.at_ns - hold.from_ns and course.tag != finding.tag:
                found.append(course.late_within(hold.from_ns, hold.at_ns))
                if len(found) >= _MOST:
                    break
        return found
