"""npm's lock files carry names, versions and hashes, and no address: `python -m tests.lock_files`
takes out what npm writes besides, after `npm install --package-lock-only` in one of the folders.

`tests.house_rules` refuses a lock file with an address in it.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_NAMES = ("package-lock.json", "requirements.lock", "build.lock")
_ADDRESSES = frozenset({"resolved", "funding"})


def lock_files(root: Path = ROOT) -> Iterator[Path]:
    """Every lock file of the repository, npm's and Python's, but for what is installed."""
    for folder, inside, files in os.walk(root):
        inside[:] = sorted(name for name in inside if name != "node_modules" and name[0] != ".")
        yield from (Path(folder, name) for name in sorted(files) if name in _NAMES)


def without_addresses(lock: Mapping[str, Any]) -> dict[str, Any]:
    """npm's lock, each package by its name, version and hash."""
    packages = {
        name: {key: value for key, value in package.items() if key not in _ADDRESSES}
        for name, package in lock["packages"].items()
    }
    return {**lock, "packages": packages}


def main() -> int:
    for path in lock_files():
        if path.suffix == ".json":
            lock = without_addresses(json.loads(path.read_text(encoding="utf-8")))
            path.write_text(json.dumps(lock, indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
