"""The official clients, asked what they make of a stream: those in JavaScript in one process for
all streams, those in Python here."""

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

FOLDER = Path(__file__).with_name("js")
STREAM_S = 2.0
"""Of one stream, on a machine that is many times slower."""


@dataclass(frozen=True)
class Reaction:
    """What a client makes of a stream. `problem`: why it rejects it."""

    problem: str | None
    failed: bool
    """Whether it reports a failure that the server announced in its stream."""
    text: str | None = None
    """What it shows in the end of a stream that it takes, where it tells."""


def require_node() -> str:
    """The path of Node.js with the clients installed; else the test is skipped, in CI failed."""
    node = shutil.which("node")
    lacking = "Node.js is not installed" if node is None else "`make clients` was not run"
    if node is not None and (FOLDER / "node_modules" / "@ag-ui").exists():
        return node
    if os.environ.get("CI"):
        pytest.fail(lacking)
    pytest.skip(lacking)


def by_node(bodies: Sequence[str], script: str, argument: str = "") -> list[Reaction]:
    """What a script of ours, with one client in it, makes of each body."""
    ran = subprocess.run(
        [require_node(), script, argument],
        cwd=FOLDER,
        input="".join(f"{json.dumps(body)}\n" for body in bodies),
        capture_output=True,
        text=True,
        timeout=60 + STREAM_S * len(bodies),
        check=False,
    )
    lines = ran.stdout.split("\n")[:-1]
    assert (ran.returncode, len(lines)) == (0, len(bodies)), ran.stderr[-2_000:]
    return [Reaction(**json.loads(line)) for line in lines]
