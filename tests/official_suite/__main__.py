"""`make official-suite`: the suite of the official client against the mock; says what failed and
why, and fails where that is not what `known` says."""

import sys
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.integration.mock_openai.conftest import serving
from tests.official_suite.known import PASSED, REASONS, reason_of
from tests.official_suite.running import run_suite


def main() -> int:
    with TemporaryDirectory() as folder, serving() as served:
        outcomes = run_suite(served.url, Path(folder) / "report")
    failed = [one for one in outcomes if not one.passed]
    sys.stdout.write(f"{len(outcomes) - len(failed)} of {len(outcomes)} pass\n")
    whys: Counter[str] = Counter()
    for one in failed:
        reason = reason_of(one.test, one.complaint)
        whys[reason.why if reason else f"NOT EXPLAINED: {one.test}: {one.complaint}"] += 1
    for why, count in whys.most_common():
        sys.stdout.write(f"{count:4} {why}\n")
    expected = Counter({reason.why: reason.count for reason in REASONS})
    return 0 if whys == expected and len(outcomes) - len(failed) == PASSED else 1


if __name__ == "__main__":
    sys.exit(main())
