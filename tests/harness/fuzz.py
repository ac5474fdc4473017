"""`make fuzz`: the properties of the suite with fresh seeds and many examples, until time is over.

Each property (a function of Hypothesis, or a test that is marked `by_chance`) runs in a process of
its own, with a seed of its own, as many at once as there are processors. What fails is printed at
once with the command that repeats it. Exits with 1 when anything was found.
"""

import argparse
import os
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from random import Random

FACTORS = {"unit": 20, "integration": 5}
"""How many times as many examples as in `make test`."""
PYTEST = (sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:cacheprovider", "--timeout", "0")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+?::.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True)
class Found:
    """A property that failed."""

    test: str
    seed: int
    factor: int
    printed: str

    @property
    def command(self) -> str:
        """Repeats it, with the same examples."""
        return (
            f"FUZZ_SEED={self.seed} FUZZ_FACTOR={self.factor} "
            f"{os.path.relpath(sys.executable)} -m pytest -n0 '{self.test}'"
        )


def properties(folders: Sequence[str]) -> list[str]:
    """The ids of all properties, those of one function as one."""
    command = (*PYTEST, "--collect-only", "-m", "hypothesis or chance", *folders)
    # Some are there only where a seed is: see tests/harness/chance.py.
    environment = {**os.environ, "FUZZ_SEED": "0"}
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    ids = {line.partition("[")[0] for line in listed.stdout.splitlines() if "::" in line}
    if listed.returncode or not ids:
        raise SystemExit(f"no property was found:\n{listed.stdout}{listed.stderr}")
    return sorted(ids)


def factor_of(test: str) -> int:
    return next((factor for layer, factor in FACTORS.items() if f"/{layer}/" in test), 5)


def run(test: str, seed: int, until_s: float) -> list[Found] | None:
    """What failed of a property with this seed; None where the time was over before its end."""
    left_s, factor = until_s - time.monotonic(), factor_of(test)
    if left_s <= 0:
        return None
    environment = {**os.environ, "FUZZ_SEED": str(seed), "FUZZ_FACTOR": str(factor)}
    try:
        done = subprocess.run(
            [*PYTEST, "-rfE", test],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=left_s,
        )
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == 0:
        return []
    failed = _FAILED.findall(done.stdout) or [test]
    return [Found(name, seed, factor, done.stdout + done.stderr) for name in failed]


def rounds(tests: Sequence[str], chance: Random) -> Iterator[tuple[str, int]]:
    """Every property once, then every one again, in an order of its own each time."""
    while True:
        for test in chance.sample(tests, len(tests)):
            yield test, chance.randrange(2**32)


def main(arguments: Sequence[str] | None = None) -> int:
    made = argparse.ArgumentParser(prog="python -m tests.harness.fuzz", description=__doc__)
    made.add_argument("folders", nargs="*", default=["tests"], help="where to look (tests)")
    made.add_argument("--seconds", type=float, default=600, help="how long (600)")
    made.add_argument("--runs", type=int, help="end after so many runs of properties (no bound)")
    made.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes at once")
    made.add_argument("--seed", type=int, help="what all seeds are drawn from (a fresh one)")
    asked = made.parse_args(arguments)
    until_s = time.monotonic() + asked.seconds
    tests = properties(asked.folders)
    first = secrets.randbits(32) if asked.seed is None else asked.seed
    _print(f"{len(tests)} properties, {asked.jobs} at once, for {asked.seconds:.0f} s")
    drawn = islice(rounds(tests, Random(first)), asked.runs)
    lock = threading.Lock()
    found, broken, whole = list[Found](), set[str](), 0

    def draw() -> tuple[str, int] | None:
        with lock:  # a generator is drawn from by one thread at a time
            return next(drawn, None)

    def work(_worker: int) -> None:
        nonlocal whole
        while task := draw():
            test, seed = task
            if time.monotonic() >= until_s or broken.issuperset(tests):
                return
            if test in broken:
                continue
            results = run(test, seed, until_s)
            whole += results is not None
            for one in results or ():
                broken.add(test)
                found.append(one)
                _print(f"\nFOUND {one.test}\n{one.printed}\nrepeat it with:\n  {one.command}")

    with ThreadPoolExecutor(asked.jobs) as pool:
        list(pool.map(work, range(asked.jobs)))
    _print(f"\n{whole} runs of {len(tests)} properties, {len(found)} found")
    for one in found:
        _print(f"  {one.command}")
    return 1 if found else 0


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is a command line


if __name__ == "__main__":
    sys.exit(main())
