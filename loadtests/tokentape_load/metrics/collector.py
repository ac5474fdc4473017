"""A run's counters and series. Workers send what is new in theirs, masters merge it."""

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
    counters: dict[tuple[str, str], Counters] = field(default_factory=dict)
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
        return self.counters.setdefault((contract, journey), Counters(contract, journey))

    def begin(self, contract: str, journey: str, at_ns: int) -> None:
        """An answer was asked for."""
        self.of(contract, journey).started += 1
        self.series.at(at_ns).started += 1

    def add(self, result: AnswerResult, *, good: bool, finished_ns: int) -> None:
        self.of(result.contract, result.journey).add(result, good)
        self.series.add(result, finished_ns)

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
        for (contract, journey), counters in other.counters.items():
            self.of(contract, journey).merge(counters)
        self.series.merge(other.series)
        self.client_lag.merge(other.client_lag)
        self.unsent += other.unsent
        self.turns += other.turns
        for words, count in other.errors.items():
            self.errors[words] = self.errors.get(words, 0) + count

    def drain(self) -> "Collector":
        """All that is in here, which leaves it empty: nothing is sent twice."""
        drained = Collector(
            self.counters,
            self.series.drain(),
            self.client_lag,
            self.unsent,
            self.turns,
            self.errors,
        )
        self.counters, self.client_lag, self.errors = {}, Histogram(), {}
        self.unsent = self.turns = 0
        return drained

    def rows(self) -> tuple[Row, ...]:
        return tuple(self.counters[place].row() for place in sorted(self.counters))

    @property
    def users(self) -> Mapping[str, int]:
        """By contract: a user takes all of its contract's journeys."""
        users: dict[str, int] = {}
        for (contract, _), counters in self.counters.items():
            users[contract] = users.get(contract, 0) + counters.users
        return users

    @property
    def started(self) -> int:
        return sum(counters.started for counters in self.counters.values())

    @property
    def answered(self) -> int:
        return sum(counters.answered for counters in self.counters.values())

    @property
    def undecided(self) -> int:
        return sum(counters.undecided for counters in self.counters.values())

    @property
    def wrong(self) -> int:
        return sum(counters.wrong for counters in self.counters.values())

    def to_json(self) -> Json:
        return {
            "tallies": [counters.to_json() for counters in self.counters.values()],
            "series": self.series.to_json(),
            "client_lag": self.client_lag.to_json(),
            "unsent": self.unsent,
            "turns": self.turns,
            "errors": self.errors,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Collector":
        tallies = [Counters.from_json(each) for each in value["tallies"]]
        return cls(
            {(counters.contract, counters.journey): counters for counters in tallies},
            Series.from_json(value["series"]),
            Histogram.from_json(value["client_lag"]),
            value["unsent"],
            value["turns"],
            dict(value["errors"]),
        )
