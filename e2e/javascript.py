"""Turns by JavaScript clients, read back as the timelines that every contract judges."""

import asyncio
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, Emit, Json, RequestTemplate, fill
from tokentape.contract.timeline import Seen, see
from tokentape.contract.verdict import NOTHING_EXPECTED, Expectation, Verdict, judge

FOLDER = Path(__file__).with_name("js")
TURN_S = 120.0
LINGER_MS = 100
"""How long a client listens on after the end, for events that must not come."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a JavaScript client heard of one turn."""

    contract: Contract
    timeline: Sequence[Seen]
    started_ns: int
    stopped_ns: int | None
    """When it asked to stop."""
    refused: str | None
    """Why it was not let in."""

    def verdict(self, expectation: Expectation = NOTHING_EXPECTED) -> Verdict:
        return judge(self.contract, self.timeline, self.started_ns, expectation)


def require_node() -> str:
    """The path of Node.js with the clients installed; else the test is skipped, in CI failed."""
    node = shutil.which("node")
    lacking = "Node.js is not installed" if node is None else "`make clients` was not run"
    if node is not None and (FOLDER / "node_modules" / "socket.io-client").exists():
        return node
    if os.environ.get("CI"):
        pytest.fail(lacking)
    pytest.skip(lacking)


async def over_socketio(
    url: str,
    contract: Contract,
    turn: Turn,
    *,
    transports: Sequence[str] | None = None,
    stop_after: int | None = None,
    stop: Sequence[Json] = (),
) -> Heard:
    """A turn by socket.io-client; with `stop_after`, `stop` is emitted after so many events."""
    assert isinstance(contract.start, Emit)
    values = turn.values()
    namespace = "" if contract.namespace == "/" else contract.namespace
    asked = {
        "url": f"{url}{namespace}",
        "auth": fill(contract.auth, values),
        "transports": transports,
        "emit": [contract.start.event, fill(contract.start.payload, values)],
        "ends": sorted({kind.event or "" for kind in contract.kinds if kind.end}),
        "stop": None if stop_after is None else {"after": stop_after, "emit": list(stop)},
        "lingerMs": LINGER_MS,
    }
    return await _heard(contract, "socketio_turn.mjs", asked)


async def over_fetch(url: str, contract: Contract, turn: Turn) -> Heard:
    """A turn by the client example of the protocol's documentation."""
    assert isinstance(contract.start, RequestTemplate)
    values = turn.values()
    asked = {
        "url": f"{url}{fill(contract.start.path, values)}",
        "headers": {"Authorization": f"Bearer {turn.token}"} if turn.token else {},
        "body": fill(contract.start.body, values),
    }
    return await _heard(contract, "sse_turn.mjs", asked)


async def run_node(script: str, asked: Mapping[str, Json]) -> list[Json]:
    """What one of the scripts printed, a line of JSON each, when it was asked this."""
    process = await asyncio.create_subprocess_exec(
        require_node(),
        script,
        json.dumps(asked),
        cwd=FOLDER,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(TURN_S):
            out, err = await process.communicate()
    except TimeoutError:
        process.kill()
        out, err = await process.communicate()
        pytest.fail(f"{script} came to no end in {TURN_S:g} s: {out.decode()[-500:]}")
    assert process.returncode == 0, err.decode()
    return [json.loads(line) for line in out.splitlines()]


async def _heard(contract: Contract, script: str, asked: Mapping[str, Json]) -> Heard:
    lines = await run_node(script, asked)
    return Heard(
        contract,
        [
            see(contract, line["event"], line["payload"], at_ns=int(line["at_ns"]), read=number)
            for number, line in enumerate(lines)
            if "event" in line and line["event"] not in contract.ignored
        ],
        started_ns=_at(lines, "started") or 0,
        stopped_ns=_at(lines, "stopped"),
        refused=next((line["refused"] for line in lines if "refused" in line), None),
    )


def _at(lines: Sequence[Json], mark: str) -> int | None:
    return next((int(line["at_ns"]) for line in lines if mark in line), None)
