"""`python -m tests.bench [NAME…]`: what each hot path costs, beside a floor and a naive one."""

import argparse
import os
import sys
from collections.abc import Sequence

import uvloop

from tests.bench.exactly_once import once
from tests.bench.judging import judging
from tests.bench.latency import latency
from tests.bench.recordings import recordings
from tests.bench.relay import growth, relay
from tests.bench.report import Bench, Plan, Report
from tests.bench.retrieval import retrieval
from tests.bench.slow import slow
from tests.bench.sockets import sockets
from tests.bench.stops import stops

BENCHES: dict[str, Bench] = {
    "relay": relay,
    "sockets": sockets,
    "growth": growth,
    "latency": latency,
    "once": once,
    "stops": stops,
    "slow": slow,
    "retrieval": retrieval,
    "recordings": recordings,
    "judge": judging,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(BENCHES)}")
    parser.add_argument("--rounds", type=int, default=5, help="medians are taken over these")
    parser.add_argument("--quick", action="store_true", help="one small round: does it work?")
    parser.add_argument(
        "--ahead",
        action="store_true",
        help="run before the machine's other processes, where the system allows it",
    )
    given = parser.parse_args()
    unknown = [name for name in given.names if name not in BENCHES]
    if unknown:
        parser.error(f"no bench is called {', '.join(unknown)}; there are {', '.join(BENCHES)}")
    if given.ahead:
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))  # servers inherit it
    plan = Plan(1 if given.quick else given.rounds, given.quick)
    kept = True
    for name in given.names or BENCHES:
        for report in uvloop.run(_measured(BENCHES[name], plan)):
            print(report.told(), flush=True)  # noqa: T201  # what the command is for
            print(flush=True)  # noqa: T201
            kept = kept and all(must.kept for must in report.musts)
    sys.exit(0 if kept or given.quick else 1)


async def _measured(bench: Bench, plan: Plan) -> Sequence[Report]:
    return await bench(plan)


if __name__ == "__main__":
    main()
