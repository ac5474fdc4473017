"""`python -m tokentape_load.proofs`: claims that only a running machine can show, each with its
figure and its limit.

Minutes of work, and times are taken: on a machine that does nothing else. Exits with 1 when
something was not shown.
"""

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

from tokentape_load.proofs.proof import Evidence, Proof, Shown
from tokentape_load.proofs.table import PROOFS
from tokentape_load.workload.targets import chosen


def main(arguments: Sequence[str] | None = None, proofs: Sequence[Proof] = PROOFS) -> int:
    """Run the proofs that are named, all by default; 0 when everything was shown."""
    known = {proof.name: proof for proof in proofs}
    made = argparse.ArgumentParser(
        prog="python -m tokentape_load.proofs",
        description=__doc__,
        epilog="\n".join(f"  {proof.name:18}{proof.words}" for proof in proofs),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("proof", nargs="*", help="which ones; all by default")
    made.add_argument("--dialects", default="", help="such as ag-ui,ai-sdk-ui; all by default")
    made.add_argument("--list", action="store_true", help="print the names, and run none")
    asked = made.parse_args(arguments)
    for name in asked.proof:
        if name not in known:
            made.error(f"{name}: there are {', '.join(known)}")
        if asked.dialects and known[name].prove_for is None:
            made.error(f"{name} is not about dialects: leave out --dialects")
    try:
        chosen(asked.dialects)
    except ValueError as error:
        made.error(f"--dialects {error}")
    if asked.list:
        _print(f"{proof.name:18}{proof.words}" for proof in proofs)
        return 0
    rows: list[tuple[str, Shown]] = []
    for name in asked.proof or known:
        evidence = _evidence(known[name], asked.dialects)
        if evidence is None:
            continue
        _print([f"\n{name}: {known[name].words} (load average {os.getloadavg()[0]:.1f})"])
        for shown in evidence:
            _print([str(shown)])
            rows.append((name, shown))
    _print(["", *table(rows)])
    return 1 if any(shown.right is False for _, shown in rows) else 0


def _evidence(proof: Proof, dialects: str) -> Evidence | None:
    """`None` where dialects are named, and the proof is not about any."""
    if not dialects:
        return proof.prove()
    return proof.prove_for(dialects) if proof.prove_for else None


def table(rows: Iterable[tuple[str, Shown]]) -> Iterator[str]:
    """All that was decided, as a Markdown table: figure, limit, verdict."""
    yield "| proof | figure | limit | verdict |"
    yield "|---|---|---|---|"
    for name, shown in rows:
        if shown.right is not None:
            verdict = "shown" if shown.right else "NOT SHOWN"
            yield f"| {name} | {shown.figure or shown.words} | {shown.limit} | {verdict} |"


def _print(lines: Iterable[str]) -> None:
    for line in lines:
        print(line, flush=True)  # noqa: T201 - this is a command line


if __name__ == "__main__":
    sys.exit(main())
