"""Book: a run's tallies by contract. Workers send what is new in theirs, masters merge it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.contract.contract import Json
from loadtests.finding import Finding
from loadtests.histogram import Histogram
from loadtests.tally import Tally


@dataclass(slots=True)
class Book:
    tallies: dict[str, Tally] = field(default_factory=dict)
    client_lag: Histogram = field(default_factory=Histogram)
    """How late the load generator's own loop woke, which is in every figure (ns)."""

    def of(self, contract: str) -> Tally:
        return self.tallies.setdefault(contract, Tally())

    def add(self, finding: Finding) -> None:
        self.of(finding.contract).add(finding)

    def merge(self, other: "Book") -> None:
        for contract, tally in other.tallies.items():
            self.of(contract).merge(tally)
        self.client_lag.merge(other.client_lag)

    def take(self) -> "Book":
        """All that is in here, which leaves it empty: nothing is sent twice."""
        taken = Book(self.tallies, self.client_lag)
        self.tallies, self.client_lag = {}, Histogram()
        return taken

    @property
    def answers(self) -> int:
        return sum(tally.answers for tally in self.tallies.values())

    @property
    def wrong(self) -> int:
        return sum(tally.wrong for tally in self.tallies.values())

    @property
    def failures(self) -> int:
        return sum(tally.failures.total() for tally in self.tallies.values())

    def as_json(self) -> Json:
        return {
            "tallies": {key: tally.as_json() for key, tally in self.tallies.items()},
            "client_lag": self.client_lag.as_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> "Book":
        tallies = {key: Tally.from_json(each) for key, each in value["tallies"].items()}
        return cls(tallies, Histogram.from_json(value["client_lag"]))
