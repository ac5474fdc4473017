"""`python -m loadtests.proofs`: the load tests' own claims, shown by running them on this machine.

Minutes of work, and times are taken: on a machine that does nothing else.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from loadtests.proofs import (
    capacity_repeats,
    frozen_server,
    known_times,
    merged_figures,
    planted_faults,
    starved_client,
)
from loadtests.proofs.proof import Evidence

_FOLDER = Path("results", "load-proofs")

PROOFS: Mapping[str, tuple[Callable[[], Evidence], str]] = {
    "known-times": (known_times.prove, "TTFT and gaps are reported as planned, 150 at once"),
    "planted-faults": (planted_faults.prove, "1 in 200 wrong streams is found on every transport"),
    "frozen-server": (
        lambda: frozen_server.prove(_FOLDER),
        "the open loop tells what the closed one hides",
    ),
    "starved-client": (starved_client.prove, "a run without CPU is invalid, not slow"),
    "merged-figures": (merged_figures.prove, "two workers are one process"),
    "capacity-repeats": (capacity_repeats.prove, "the same capacity three times, within 15 %"),
}


def main() -> int:
    made = argparse.ArgumentParser(
        prog="python -m loadtests.proofs",
        description=__doc__,
        epilog="\n".join(f"  {name:18}{words}" for name, (_, words) in PROOFS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("proof", nargs="*", help="which ones; all by default")
    names = made.parse_args().proof or list(PROOFS)
    for name in names:
        if name not in PROOFS:
            made.error(f"{name}: there are {', '.join(PROOFS)}")
    right = True
    for name in names:
        prove, words = PROOFS[name]
        print(f"\n{name}: {words}", flush=True)  # noqa: T201 - this is a command line
        for shown in prove():
            print(shown, flush=True)  # noqa: T201
            right = right and shown.right is not False
    return 0 if right else 1


if __name__ == "__main__":
    sys.exit(main())
