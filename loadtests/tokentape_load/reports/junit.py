"""A load run as JUnit: one case for each contract, each limit, and the run itself. Pure."""

from collections.abc import Iterator
from datetime import datetime

from tokentape.junit import Case, Trouble
from tokentape.junit import junit as written
from tokentape_load.metrics.run_results import LimitResult, Results, Row
from tokentape_load.reports.summary import banner

EXAMPLES = 10
"""Violations told in full of one row."""


def to_junit(results: Results) -> str:
    """The results as JUnit XML."""
    began = datetime.fromisoformat(results.setup.began)
    return written("tokentape load", _cases(results), began=began, seconds=results.seconds)


def _cases(results: Results) -> Iterator[Case]:
    for row in results.rows:
        yield Case(row.key, "every answer is right", _wrong(row), results.seconds)
        if row.undecided:
            yield Case(row.key, "every answer is decided", _undecided(row), results.seconds)
    for ruling in results.rulings:
        yield Case(ruling.subject, ruling.limit, _broken(ruling), results.seconds)
    yield Case("run", "the run counts", _doubt(results), results.seconds)


def _wrong(row: Row) -> Trouble | None:
    if unseen := row.planted - row.planted_found - row.planted_undecided:
        return Trouble("failure", f"{unseen} of {row.planted} planted faults went unseen")
    if not row.answered:
        return Trouble("failure", "no answer was seen") if row.started else None
    if not row.wrong:
        return None
    kinds = ", ".join(f"{kind} {count}" for kind, count in row.violations.items())
    details = [
        f"{kind} {example.place}: {example.message} {example.tag}"
        for kind, examples in row.examples.items()
        for example in examples
    ]
    message = f"{row.wrong} of {row.answered} answers are wrong ({kinds})"
    first = next(iter(row.violations), None)
    return Trouble("failure", message, first, "\n".join(details[:EXAMPLES]))


def _undecided(row: Row) -> Trouble:
    """Skipped, as CI systems call what was not judged: too many of them make the run an error."""
    details = [
        f"{kind}? {example.place}: {example.message} {example.tag}"
        for kind, examples in row.doubts.items()
        for example in examples
    ]
    message = f"{row.undecided} of {row.answered} answers are undecided"
    return Trouble("skipped", message, None, "\n".join(details[:EXAMPLES]))


def _broken(ruling: LimitResult) -> Trouble | None:
    return None if ruling.met else Trouble("failure", ruling.words, ruling.limit)


def _doubt(results: Results) -> Trouble | None:
    """A run that can't be believed is an error: what was to be tested was not."""
    said = banner(results)
    if results.judgement == "passed" and not results.interrupted:
        return None
    details = "\n".join(said.reasons)
    if results.judgement == "failed":
        return Trouble("failure", said.sentence, results.judgement, details)
    return Trouble("error", said.sentence, results.judgement, details)
