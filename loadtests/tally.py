"""Tally: everything that a run keeps of one contract's answers, in bounded memory, mergeable."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from app.contract.contract import Json
from loadtests.finding import Finding
from loadtests.histogram import Histogram
from loadtests.measures import MEASURES

_EXAMPLES = 3
"""Failures of a kind that are kept in full; the others are counted."""


def _histograms() -> dict[str, Histogram]:
    return {measure.name: Histogram() for measure in MEASURES}


@dataclass(slots=True)
class Tally:
    users: int = 0
    answers: int = 0
    wrong: int = 0
    unfinished: int = 0
    """Answers that were cut short because the run was over: neither right nor wrong."""
    planted: int = 0
    planted_found: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)
    figures: dict[str, Histogram] = field(default_factory=_histograms)

    def add(self, finding: Finding) -> None:
        """Wrong answers count in the figures as well: leaving them out would flatter."""
        self.answers += 1
        self.wrong += not finding.right
        self.planted += finding.planted
        self.planted_found += finding.planted and not finding.right
        for failure in finding.failures:
            self.failures[failure.kind] += 1
            self._keep(failure.kind, f"{failure.place}: {failure.message} {finding.tag}")
        for measure in MEASURES:
            self.figures[measure.name].extend(measure.read(finding))

    def _keep(self, kind: str, example: str) -> None:
        kept = self.examples.setdefault(kind, [])
        if len(kept) < _EXAMPLES:
            kept.append(example)

    def merge(self, other: "Tally") -> None:
        self.users += other.users
        self.answers += other.answers
        self.wrong += other.wrong
        self.unfinished += other.unfinished
        self.planted += other.planted
        self.planted_found += other.planted_found
        self.failures.update(other.failures)
        for kind, examples in other.examples.items():
            for example in examples:
                self._keep(kind, example)
        for name, histogram in other.figures.items():
            self.figures[name].merge(histogram)

    def as_json(self) -> Json:
        return {
            "users": self.users,
            "answers": self.answers,
            "wrong": self.wrong,
            "unfinished": self.unfinished,
            "planted": self.planted,
            "planted_found": self.planted_found,
            "failures": dict(self.failures),
            "examples": self.examples,
            "figures": {name: histogram.as_json() for name, histogram in self.figures.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        rest = {key: value[key] for key in value if key not in ("failures", "figures")}
        figures = {name: Histogram.from_json(each) for name, each in value["figures"].items()}
        return cls(**rest, failures=Counter(value["failures"]), figures=figures)
