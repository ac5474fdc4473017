"""Tally: everything that a run keeps of one contract's answers in one journey, in bounded memory,
mergeable."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from app.contract.contract import Json
from loadtests.finding import Finding
from loadtests.histogram import Histogram
from loadtests.measures import MEASURES
from loadtests.results import Example, Row

_EXAMPLES = 3
"""Failures of a kind that are kept in full; the others are counted."""

_COUNTS = (
    "users",
    "started",
    "answered",
    "wrong",
    "unfinished",
    "good",
    "planted",
    "planted_found",
)


def _histograms() -> dict[str, Histogram]:
    return {measure.name: Histogram() for measure in MEASURES}


@dataclass(slots=True)
class Tally:
    """The counts are those of `results.Row`."""

    contract: str
    journey: str = "chat"
    users: int = 0
    started: int = 0
    answered: int = 0
    wrong: int = 0
    unfinished: int = 0
    good: int = 0
    planted: int = 0
    planted_found: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    figures: dict[str, Histogram] = field(default_factory=_histograms)

    def add(self, finding: Finding, good: bool) -> None:
        """Wrong answers count in the figures as well: leaving them out would flatter."""
        self.answered += 1
        self.wrong += not finding.right
        self.good += good
        self.planted += finding.planted
        self.planted_found += finding.planted and not finding.right
        for failure in finding.failures:
            self.failures[failure.kind] += 1
            self._keep(failure.kind, Example(failure.place, failure.message, finding.tag))
        for measure in MEASURES:
            self.figures[measure.name].extend(measure.read(finding))

    def blame(self, before: Finding, now: Finding, good: bool) -> None:
        """An answer that was entered as `before` turns out to be `now`, which has failures more."""
        self.wrong += before.right
        self.good -= good
        self.planted_found += now.planted and before.right
        for failure in now.failures:
            if failure not in before.failures:
                self.failures[failure.kind] += 1
                self._keep(failure.kind, Example(failure.place, failure.message, now.tag))

    def merge(self, other: "Tally") -> None:
        for name in _COUNTS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.failures.update(other.failures)
        for kind, examples in other.examples.items():
            for example in examples:
                self._keep(kind, example)
        for name, histogram in other.figures.items():
            self.figures[name].merge(histogram)

    def _keep(self, kind: str, example: Example) -> None:
        examples = self.examples.setdefault(kind, [])
        if len(examples) < _EXAMPLES:
            examples.append(example)

    def row(self) -> Row:
        """A copy that the run goes on without."""
        return Row(
            contract=self.contract,
            journey=self.journey,
            **{name: getattr(self, name) for name in _COUNTS},
            violations=dict(self.failures.most_common()),
            examples={kind: tuple(kept) for kind, kept in self.examples.items()},
            figures={
                name: histogram.copy()
                for name, histogram in self.figures.items()
                if histogram.count
            },
        )

    def as_json(self) -> Json:
        return {
            **{name: getattr(self, name) for name in ("contract", "journey", *_COUNTS)},
            "failures": dict(self.failures),
            "examples": {
                kind: [asdict(example) for example in kept] for kind, kept in self.examples.items()
            },
            "figures": {
                name: histogram.as_json()
                for name, histogram in self.figures.items()
                if histogram.count
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        tally = cls(**{name: value[name] for name in ("contract", "journey", *_COUNTS)})
        tally.failures.update(value["failures"])
        for kind, kept in value["examples"].items():
            tally.examples[kind] = [Example(**example) for example in kept]
        for name, histogram in value["figures"].items():
            tally.figures[name] = Histogram.from_json(histogram)
        return tally
