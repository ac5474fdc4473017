"""`python -m tests.bench.beside REVISION`: no row of this tree is slower than that revision's.

Both trees run at the same time and are measured in turns; each row tells the medians, the ratio and
its 95 % interval. Exit code 1: the interval of a row lies above 1.03.
"""

import argparse
import sys
from contextlib import AsyncExitStack

import uvloop

from tests.bench.beside.checkout import Commands, checked_out, ours
from tests.bench.beside.paired import HEAD, LEAST_ROUNDS, MOST_RATIO, Comparison
from tests.bench.beside.rows import SUITES, Suite
from tests.bench.report import Plan


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.beside", description=__doc__)
    parser.add_argument("revision", help="what git calls it: a commit, a branch, a tag")
    parser.add_argument("--only", action="append", choices=list(SUITES), help="these rows")
    parser.add_argument(
        "--rounds", type=int, default=LEAST_ROUNDS, help=f"pairs of each row ({LEAST_ROUNDS})"
    )
    parser.add_argument("--quick", action="store_true", help="two small rounds: does it work?")
    options = parser.parse_args()
    if options.rounds < 2:
        parser.error("an interval needs two rounds or more")
    plan = Plan(2 if options.quick else options.rounds, options.quick)
    before, now = checked_out(options.revision), ours()
    _say(f"{options.revision} (before) and this tree (now), {plan.rounds} rounds in turns")
    _say(HEAD)
    failed = False
    for name in options.only or SUITES:
        for row in uvloop.run(_compared(SUITES[name], plan, before, now)):
            _say(row.render())
            failed = failed or row.slower
    _say(f"A row fails whose whole interval lies above {MOST_RATIO}.")
    if plan.rounds < LEAST_ROUNDS:
        _say(f"Fewer than {LEAST_ROUNDS} rounds: only a look, no verdict.")
    return int(failed and not options.quick)


async def _compared(suite: Suite, plan: Plan, before: Commands, now: Commands) -> list[Comparison]:
    async with AsyncExitStack() as stack:
        sides = [
            await stack.enter_async_context(suite.measured(commands, plan))
            for commands in (before, now)
        ]
        found: list[Comparison] = []
        for name in sides[0]:
            costs: tuple[list[float], list[float]] = ([], [])
            for number in range(plan.rounds + 1):
                # Who is first changes: what the first leaves behind meets both as often.
                for side in (0, 1) if number % 2 else (1, 0):
                    cost = await sides[side][name]()
                    if number:  # the first round warms
                        costs[side].append(cost)
            found.append(Comparison(name, *costs))
        return found


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # what the command is for


if __name__ == "__main__":
    sys.exit(main())
