"""Chance of tests in one place: fixed in `make test`, free in `make fuzz`.

Two settings of the environment say which seed and how many: FUZZ_SEED (a whole number; without it
every run draws the same) and FUZZ_FACTOR (how many times as many examples; 1). Hypothesis and
schemathesis follow the profile made here; a generator of a test's own takes its seeds from `seeds`
and is marked `by_chance`. What `make fuzz` finds becomes an `@example`. Of many cases without any
chance `make test` runs a sample and `make fuzz` all: `sampled`, `FUZZING`.
"""

import os
from collections.abc import Sequence
from typing import TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

SEED = int(os.environ["FUZZ_SEED"]) if "FUZZ_SEED" in os.environ else None
FACTOR = int(os.environ.get("FUZZ_FACTOR", "1"))
FUZZING = SEED is not None
"""Whether this is `make fuzz`: what takes too long for `make test` runs too."""

Case = TypeVar("Case")

by_chance = pytest.mark.chance
"""A test with a generator of its own: `make fuzz` runs it with fresh seeds, as each property."""


def examples(count: int) -> settings:
    """How many examples of a property `make test` draws; `make fuzz` draws FUZZ_FACTOR times as
    many. Few: they are the same in each run."""
    return settings(max_examples=count * FACTOR)


def seeds(count: int) -> range:
    """The seeds for a generator of a test's own: 0 to `count`, or fresh ones in `make fuzz`."""
    if SEED is None:
        return range(count)
    return range(SEED, SEED + count * FACTOR)


def sampled(cases: Sequence[Case], count: int) -> Sequence[Case]:
    """So many of the cases in `make test`, spread evenly from the first on, and all of them in
    `make fuzz`, where the test is marked `by_chance`."""
    if FUZZING or len(cases) <= count:
        return cases
    return [cases[number * len(cases) // count] for number in range(count)]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "chance: draws from a generator of its own")
    settings.register_profile(
        "tokentape",
        # A deadline or a health check would time the machine, not the code.
        deadline=None,
        suppress_health_check=list(HealthCheck),
        # An example that was stored would make two runs differ.
        database=None,
        derandomize=SEED is None,
        max_examples=50 * FACTOR,
        print_blob=False,
    )
    settings.load_profile("tokentape")
    if SEED is None:
        # Hypothesis draws from the constants of our modules, too, of those that are imported by
        # then: which these are depends on the tests that this process ran before. And it parses
        # all of them in each process.
        providers._get_local_constants = lambda: providers._local_constants
    if SEED is not None:
        config.option.hypothesis_seed = str(SEED)
