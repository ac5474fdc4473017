"""Book: a run's tallies and series. Workers send what is new in theirs, masters merge it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tokentape.contract.contract import Json
from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.metrics.counters import Counters
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.run_results import Row
from tokentape_load.metrics.time_series import Series

CHAT = "chat"


@dataclass(slots=True)
class Collector:
    tallies: dict[tuple[str, str], Counters] = field(default_factory=dict)
    """By contract and journey."""
    series: Series = field(default_factory=Series)
    client_lag: Histogram = field(default_factory=Histogram)
    """How late the load generator's own loop woke, which is in every figure (ns)."""
    unsent: int = 0
    """Starts that an open loop's schedule had and that were not sent."""
    turns: int = 0
    """Questions that are over, however many saw the answer."""
    errors: dict[str, int] = field(default_factory=dict)
    """What went wrong in the load users themselves, and how often."""

    def of(self, contract: str, journey: str = CHAT) -> Counters:
        return self.tallies.setdefault((contract, journey), Counters(contract, journey))

    def begin(self, contract: str, journey: str, at_ns: int) -> None:
        """An answer was asked for."""
        self.of(contract, journey).started += 1
        self.series.at(at_ns).started += 1

    def add(self, finding: AnswerResult, *, good: bool, finished_ns: int) -> None:
        self.of(finding.contract, finding.journey).add(finding, good)
        self.series.add(finding, finished_ns)

    def blame(
        self, before: AnswerResult, now: AnswerResult, *, good: bool, finished_ns: int
    ) -> None:
        """An answer that was added as `before` turns out to be `now`, which has more failures, or
        more that is undecided."""
        self.of(now.contract, now.journey).blame(before, now, good)
        cell = self.series.at(finished_ns)
        cell.wrong += before.right and not now.right
        cell.violations += len(now.failures) - len(before.failures)

    def merge(self, other: "Collector") -> None:
        for (contract, journey), tally in other.tallies.items():
            self.of(contract, journey).merge(tally)
        self.series.merge(other.series)
        self.client_lag.merge(other.client_lag)
        self.unsent += other.unsent
        self.turns += other.turns
        for words, count in other.errors.items():
            self.errors[words] = self.errors.get(words, 0) + count

    def take(self) -> "Collector":
        """All that is in here, which leaves it empty: nothing is sent twice."""
        taken = Collector(
            self.tallies, self.series.take(), self.client_lag, self.unsent, self.turns, self.errors
        )
        self.tallies, self.client_lag, self.errors = {}, Histogram(), {}
        self.unsent = self.turns = 0
        return taken

    def rows(self) -> tuple[Row, ...]:
        return tuple(self.tallies[place].row() for place in sorted(self.tallies))

    @property
    def users(self) -> Mapping[str, int]:
        """By contract: a user takes all of its contract's journeys."""
        found: dict[str, int] = {}
        for (contract, _), tally in self.tallies.items():
            found[contract] = found.get(contract, 0) + tally.users
        return found

    @property
    def started(self) -> int:
        return sum(tally.started for tally in self.tallies.values())

    @property
    def answered(self) -> int:
        return sum(tally.answered for tally in self.tallies.values())

    @property
    def undecided(self) -> int:
        return sum(tally.undecided for tally in self.tallies.values())

    @property
    def wrong(self) -> int:
        return sum(tally.wrong for tally in self.tallies.values())

    def as_json(self) -> Json:
        return {
            "tallies": [tally.as_json() for tally in self.tallies.values()],
            "series": self.series.as_json(),
            "client_lag": self.client_lag.as_json(),
            "unsent": self.unsent,
            "turns": self.turns,
            "errors": self.errors,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Collector":
        tallies = [Counters.from_json(each) for each in value["tallies"]]
        return cls(
            {(tally.contract, tally.journey): tally for tally in tallies},
            Series.from_json(value["series"]),
            Histogram.from_json(value["client_lag"]),
            value["unsent"],
            value["turns"],
            dict(value["errors"]),
        )
