"""Everything that a run keeps of one contract's answers in one journey, in bounded memory,
mergeable."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Self

from tokentape.contract.contract import Json
from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.measures import MEASURES
from tokentape_load.metrics.run_fields import AnswerCounts, known_in, merge, values_of
from tokentape_load.metrics.run_results import Example, Row

_EXAMPLES = 3
"""Failures of a kind that are kept in full; the others are counted."""


def _histograms() -> dict[str, Histogram]:
    return {measure.name: Histogram() for measure in MEASURES}


@dataclass(slots=True)
class Counters(AnswerCounts):
    """The counts are those of a `Row`."""

    contract: str
    journey: str = "chat"
    failures: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[Example]] = field(default_factory=dict)
    doubts: dict[str, list[Example]] = field(default_factory=dict)
    figures: dict[str, Histogram] = field(default_factory=_histograms)

    def add(self, result: AnswerResult, good: bool) -> None:
        """Wrong answers count in the figures as well: leaving them out would flatter."""
        self.answered += 1
        self.wrong += not result.right
        self.good += good
        self.planted += result.planted
        self.planted_found += result.planted and not result.right
        self._doubt(result)
        for failure in result.failures:
            self.failures[failure.kind] += 1
            _store(self.examples, failure.kind, Example(failure.place, failure.message, result.tag))
        for measure in MEASURES:
            self.figures[measure.name].extend(measure.read(result))

    def blame(self, before: AnswerResult, now: AnswerResult, good: bool) -> None:
        """An answer that was entered as `before` turns out to be `now`, which has more failures, or
        more that is undecided."""
        self.wrong += before.right and not now.right
        if not before.doubtful:
            self._doubt(now)
        elif not now.right:  # it is decided after all
            self.undecided -= 1
            self.planted_undecided -= before.planted
        self.good -= good
        self.planted_found += now.planted and before.right and not now.right
        for failure in now.failures:
            if failure not in before.failures:
                self.failures[failure.kind] += 1
                example = Example(failure.place, failure.message, now.tag)
                _store(self.examples, failure.kind, example)

    def _doubt(self, result: AnswerResult) -> None:
        if result.doubtful:
            self.undecided += 1
            self.planted_undecided += result.planted
            for doubt in result.undecided:
                _store(self.doubts, doubt.kind, Example(doubt.place, doubt.message, result.tag))

    def merge(self, other: "Counters") -> None:
        merge(self, other, AnswerCounts)
        self.failures.update(other.failures)
        for mine, theirs in ((self.examples, other.examples), (self.doubts, other.doubts)):
            for kind, examples in theirs.items():
                for example in examples:
                    _store(mine, kind, example)
        for name, histogram in other.figures.items():
            self.figures[name].merge(histogram)

    def row(self) -> Row:
        """A copy that the run goes on without."""
        return Row(
            contract=self.contract,
            journey=self.journey,
            **values_of(self, AnswerCounts),
            violations=dict(self.failures.most_common()),
            examples={kind: tuple(kept) for kind, kept in self.examples.items()},
            doubts={kind: tuple(kept) for kind, kept in self.doubts.items()},
            figures={
                name: histogram.copy()
                for name, histogram in self.figures.items()
                if histogram.count
            },
        )

    def to_json(self) -> Json:
        return {
            "contract": self.contract,
            "journey": self.journey,
            **values_of(self, AnswerCounts),
            "failures": dict(self.failures),
            "examples": _as_json(self.examples),
            "doubts": _as_json(self.doubts),
            "figures": {
                name: histogram.to_json()
                for name, histogram in self.figures.items()
                if histogram.count
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        counters = cls(value["contract"], value["journey"], **known_in(value, AnswerCounts))
        counters.failures.update(value["failures"])
        for name in ("examples", "doubts"):
            for kind, kept in value[name].items():
                getattr(counters, name)[kind] = [Example(**example) for example in kept]
        for name, histogram in value["figures"].items():
            counters.figures[name] = Histogram.from_json(histogram)
        return counters


def _store(among: dict[str, list[Example]], kind: str, example: Example) -> None:
    examples = among.setdefault(kind, [])
    if len(examples) < _EXAMPLES:
        examples.append(example)


def _as_json(examples: Mapping[str, list[Example]]) -> Json:
    return {kind: [asdict(example) for example in kept] for kind, kept in examples.items()}
