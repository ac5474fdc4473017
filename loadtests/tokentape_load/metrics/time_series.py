"""What happened when, by intervals of the run, in bounded memory, mergeable."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from tokentape.contract.contract import Json
from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.run_fields import IntervalFigures, known_in, merge, values_of
from tokentape_load.metrics.run_results import Moment, shown_ms

CELLS_MAX = 600
"""Intervals that are kept; a longer run has intervals twice as long, as often as it takes."""


@dataclass(slots=True)
class Cell(IntervalFigures):
    """One interval. Counts add up; levels add up over load generators, not over time."""

    ttft: Histogram = field(default_factory=Histogram)
    icl: Histogram = field(default_factory=Histogram)

    def merge(self, other: "Cell", *, same_time: bool) -> None:
        merge(self, other, IntervalFigures, same_time=same_time)
        self.ttft.merge(other.ttft)
        self.icl.merge(other.icl)

    def moment(self, at_s: float) -> Moment:
        return Moment(
            at_s=at_s,
            **values_of(self, IntervalFigures),
            ttft_n=self.ttft.count,
            ttft_p50_ms=shown_ms(self.ttft, 50),
            ttft_p99_ms=shown_ms(self.ttft, 99),
            icl_n=self.icl.count,
            icl_p50_ms=shown_ms(self.icl, 50),
            icl_p99_ms=shown_ms(self.icl, 99),
        )

    def to_json(self) -> Json:
        return {
            **values_of(self, IntervalFigures),
            "ttft": self.ttft.to_json(),
            "icl": self.icl.to_json(),
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        cell = cls(**known_in(value, IntervalFigures))
        cell.ttft = Histogram.from_json(value["ttft"])
        cell.icl = Histogram.from_json(value["icl"])
        return cell


@dataclass(slots=True)
class Series:
    """Times are those of one monotonic clock; the run began at `began_ns`."""

    began_ns: int = 0
    interval_s: int = 1
    cells: dict[int, Cell] = field(default_factory=dict)

    def at(self, at_ns: int) -> Cell:
        """The cell of this time; what was before the run counts in its first one."""
        second = max(0, at_ns - self.began_ns) // 1_000_000_000
        while second // self.interval_s >= CELLS_MAX:
            self._coarsen()
        return self.cells.setdefault(second // self.interval_s, Cell())

    def add(self, result: AnswerResult, finished_ns: int) -> None:
        """An answer's times where they belong; its end in the interval of `finished_ns`."""
        cell = self.at(finished_ns)
        cell.finished += 1
        cell.wrong += not result.right
        cell.violations += len(result.failures)
        first_ns = result.latency.first_token_ns
        if first_ns is not None:
            self.at(result.started_ns + first_ns).ttft.add(first_ns)
        for at_ns, gap_ns in result.gaps_ns:
            self.at(at_ns).icl.add(gap_ns)

    def merge(self, other: "Series") -> None:
        """Another load generator's, of the same run."""
        while self.interval_s < other.interval_s:
            self._coarsen()
        while other.interval_s < self.interval_s:
            other._coarsen()
        for index, cell in other.cells.items():
            self.cells.setdefault(index, Cell()).merge(cell, same_time=True)

    def drain(self) -> "Series":
        """What is new in here, which leaves it empty."""
        taken = Series(self.began_ns, self.interval_s, self.cells)
        self.cells = {}
        return taken

    def moments(self) -> tuple[Moment, ...]:
        """From the start to the latest, intervals in which nothing happened as well."""
        last = max(self.cells, default=-1)
        return tuple(
            self.cells.get(index, _EMPTY).moment(float(index * self.interval_s))
            for index in range(last + 1)
        )

    def latest(self) -> Moment | None:
        """The latest interval that is over."""
        whole = sorted(self.cells)[:-1]
        index = whole[-1] if whole else None
        return None if index is None else self.cells[index].moment(float(index * self.interval_s))

    def _coarsen(self) -> None:
        self.interval_s *= 2
        cells, self.cells = self.cells, {}
        for index in sorted(cells):
            self.cells.setdefault(index // 2, Cell()).merge(cells[index], same_time=False)

    def to_json(self) -> Json:
        return {
            "interval_s": self.interval_s,
            "cells": {str(index): cell.to_json() for index, cell in self.cells.items()},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        cells = {int(index): Cell.from_json(cell) for index, cell in value["cells"].items()}
        return cls(0, value["interval_s"], cells)


_EMPTY = Cell()
