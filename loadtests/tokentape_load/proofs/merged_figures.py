"""Two workers and a master give the figures of one process on the same seeded work.

The work is the same to the letter: the same questions, answers, texts and planted faults. The times
are the machine's, so the merged histograms are held against every value that the workers saw.
"""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from tokentape.contract.contract import Json
from tokentape.contract.timeline import percentile
from tokentape_load.child_processes.servers import metronome
from tokentape_load.metrics.histogram import RESOLUTION, Histogram
from tokentape_load.metrics.run_results import Results, Row
from tokentape_load.metronome.contract import DIALECT
from tokentape_load.proofs.proof import Evidence, Shown
from tokentape_load.run.locust_process import run
from tokentape_load.run.run_config import RunConfig
from tokentape_load.workload.targets import chosen

_PERCENTS = (0, 1, 50, 90, 99, 99.9, 100)


def prove(users: int = 30, turns: int = 6) -> Evidence:
    with metronome() as server, TemporaryDirectory(prefix="tokentape-load-") as folder:
        samples = Path(folder, "samples")
        asked = RunConfig(
            host=server.url,
            mock=server.url,
            users=users,
            run_time_s=120.0,
            turns=turns,
            contracts=tuple(contract.key for contract in chosen(DIALECT)),
            journeys=("chat=1",),
            directive="tokens=30 first=50ms gap=10ms",
            faults=("duplicate@5",),
            fault_every=10,
            samples=samples,
            quiet=True,
        )
        alone = run(replace(asked, samples=Path(f"{samples}-alone")))
        merged = run(replace(asked, processes=2))
        if alone is None or merged is None:
            yield Shown("there was no run", right=False)
            return
        ours = _read(Path(f"{samples}-alone"))
        theirs = [*_read(Path(f"{samples}.0")), *_read(Path(f"{samples}.1"))]
    yield Shown(
        f"two workers answered the {len(ours)} questions that one process did",
        right=sorted(line["tag"] for line in ours) == sorted(line["tag"] for line in theirs),
    )
    for one, other in zip(alone.rows, merged.rows, strict=True):
        answers = f"{other.answered} answers, {other.planted} planted"
        yield Shown(
            f"{one.contract}: {answers}, {other.violations}",
            right=counts(one) == counts(other),
        )
    yield from _figures(merged, theirs)


def counts(row: Row) -> Json:
    """All that does not depend on the machine's times."""
    return (
        row.contract,
        row.users,
        row.answered,
        row.wrong,
        row.planted,
        row.planted_found,
        Counter(row.violations),
        {name: values.count for name, values in row.figures.items()},
    )


def _figures(merged: Results, lines: list[Json]) -> Evidence:
    for row in merged.rows:
        mine = [line for line in lines if line["contract"] == row.contract]
        firsts = [line["texts_at_ns"][0] - line["sent_at_ns"] for line in mine]
        gaps = [gap for line in mine for gap in line["gaps_ns"]]
        for name, values in (("TTFT", firsts), ("ICL", gaps)):
            yield Shown(
                f"{row.contract}: {name} of {len(values)} values within {RESOLUTION:.2%}",
                right=agrees(row.figures[name], values),
            )


def agrees(merged: Histogram, values: list[int]) -> bool:
    """Whether every percentile is that of the values themselves, up to the resolution."""
    exact = [percentile(values, percent) or 0 for percent in _PERCENTS]
    found = [merged.percentile(percent) or 0 for percent in _PERCENTS]
    near = all(
        one <= other <= one * (1 + RESOLUTION) + 1 for one, other in zip(exact, found, strict=True)
    )
    return near and merged.count == len(values) and merged.total == sum(values)


def _read(path: Path) -> list[Json]:
    return [orjson.loads(line) for line in path.read_bytes().splitlines()]
