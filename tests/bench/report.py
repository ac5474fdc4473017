"""What a bench found, told in 80 columns: medians over rounds, and how they compare."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from statistics import median

WIDTH = 80


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to do. `quick`: as little as shows that the bench works."""

    rounds: int
    quick: bool

    def much(self, full: int, quick: int) -> int:
        return quick if self.quick else full


@dataclass(frozen=True, slots=True)
class Row:
    """One thing measured in each round; the first row of a report is what is ours."""

    name: str
    samples: Sequence[float]

    @property
    def median(self) -> float:
        return median(self.samples)


@dataclass(frozen=True, slots=True)
class Must:
    """A promise and whether it was kept."""

    promise: str
    kept: bool


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    unit: str
    rows: Sequence[Row]
    musts: Sequence[Must] = ()
    notes: Sequence[str] = field(default=())

    def told(self) -> str:
        lines = [self.title, f"  {'':<34}{self.unit:>14}{'lowest–highest':>20}{'ratio':>8}"]
        first = self.rows[0].median if self.rows else 0.0
        for row in self.rows:
            ratio = f"{first / row.median:.2f}" if row.median else "–"
            spread = f"{_number(min(row.samples))}–{_number(max(row.samples))}"
            lines.append(f"  {row.name:<34}{_number(row.median):>14}{spread:>20}{ratio:>8}")
        lines += [f"  {note}" for note in self.notes]
        lines += [f"  {'yes' if must.kept else 'NO ':<4}{must.promise}" for must in self.musts]
        return "\n".join(line[:WIDTH].rstrip() for line in lines)


Bench = Callable[[Plan], Awaitable[Sequence[Report]]]


def _number(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
