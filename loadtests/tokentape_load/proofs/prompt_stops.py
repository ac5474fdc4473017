"""A stop that is acknowledged is a stop, whenever it comes, in every dialect over every transport;
and the upstream is closed soon, by the mock's own journal.

The moments are drawn by seed, from before the start to after the end.
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2

from tokentape.client.factory import open_viewer
from tokentape.client.realtime_client import RealtimeClient, RealtimeOptions, ReceivedEvent
from tokentape.client.turn import Turn
from tokentape.client.viewer import run_of
from tokentape.contract.contract import Contract, Emit, fill
from tokentape.dialects.contracts import CONTRACTS
from tokentape_load.child_processes.servers import Stack, own_stack
from tokentape_load.proofs.proof import Evidence, Shown

STOPS, SEED = 1_000, 15
P99_MS = 100.0
SCRIPT = "tokens=20 first=60ms gap=15ms"
EARLIEST_S, LATEST_S = -0.03, 0.42
"""Around an answer of about 0.35 s."""
AT_ONCE = (0.0, 0.001)
"""Moments that chance would hardly meet: the start's own tick, and a millisecond later."""
WITHIN_S = 30.0
LINGER_S = 0.05


@dataclass(slots=True)
class Stop:
    """One stop. Times are CLOCK_MONOTONIC, shared by the processes of this machine."""

    contract: Contract
    moment_s: float
    """After the start; in HTTP, after the first event, which names the run."""
    sent_ns: int = 0
    acknowledged_ns: int = 0
    ends: list[str] = field(default_factory=list)
    text: str = ""
    entry: dict[str, Any] | None = None
    """What the mock's journal says; None: it was never asked."""

    @property
    def closed_ms(self) -> float | None:
        """From the stop to the upstream's end; None where it had ended, or was never asked."""
        if self.entry is None or self.entry["ended_ns"] is None:
            return None
        ms = (self.entry["ended_ns"] - self.sent_ns) / 1e6
        return ms if ms > 0 and self.entry["state"] == "client_closed" else None

    @property
    def kind(self) -> str:
        """What the stop came upon."""
        if self.moment_s < 0:
            return "before the start"
        if self.entry is None:
            return "before the upstream was asked"
        return "while it ran" if self.entry["state"] == "client_closed" else "after its end"

    @property
    def fault(self) -> str | None:
        """What is wrong with it, if anything is."""
        if not self.acknowledged_ns:
            return "was not acknowledged"
        if len(self.ends) != 1:
            return f"ends {self.ends}"
        whole = self.entry["text"] if self.entry else ""
        if self.moment_s < 0:
            return None if self.text == whole else "stopped what came after it"
        if self.entry is None:
            return None if not self.text else "text from nowhere"
        if not whole.startswith(self.text):
            return "another text than the upstream's"
        if self.entry["state"] != "client_closed" and self.ends == ["completed"]:
            late = self.entry["ended_ns"] is None or self.entry["ended_ns"] > self.acknowledged_ns
            return "acknowledged, and the whole answer followed" if late else None
        return None


def prove(stops: int = STOPS) -> Evidence:
    """So many stops, spread over all contracts, one at a time in each."""
    with own_stack(SEED) as stack:
        found = asyncio.run(_all(stack, stops))
    wrong = [stop for stop in found if stop.fault]
    for kind in sorted({stop.kind for stop in found}):
        yield Shown(f"{sum(stop.kind == kind for stop in found):5} {kind}")
    yield Shown(
        f"of {len(found)} stops, {len(found) - len(wrong)} were stops",
        right=not wrong and len(found) == stops,
        figure=f"{len(found) - len(wrong)} of {len(found)} acknowledged stops held",
        limit="all",
    )
    for stop in wrong[:10]:
        yield Shown(f"{stop.contract.key} after {stop.moment_s * 1e3:.1f} ms: {stop.fault}")
    closed = sorted(stop.closed_ms for stop in found if stop.closed_ms is not None)
    p50, p99 = (closed[int(len(closed) * part)] for part in (0.5, 0.99))
    yield Shown(
        f"from the stop to the upstream's end, {len(closed)} times: p50 {p50:.1f} ms,"
        f" p99 {p99:.1f} ms, longest {closed[-1]:.1f} ms",
        right=p99 <= P99_MS,
        figure=f"p99 {p99:.1f} ms",
        limit=f"{P99_MS:.0f} ms",
    )


async def _all(stack: Stack, stops: int) -> Sequence[Stop]:
    contracts = list(CONTRACTS.values())
    shares = [len(range(at, stops, len(contracts))) for at in range(len(contracts))]
    parts = await asyncio.gather(
        *(_some(stack, *each) for each in zip(contracts, shares, strict=True))
    )
    return [stop for part in parts for stop in part]


async def _some(stack: Stack, contract: Contract, count: int) -> list[Stop]:
    chance = random.Random(f"{SEED} {contract.key}")
    one = _by_socket if isinstance(contract.start, Emit) else _by_http
    found = []
    async with httpx2.AsyncClient(base_url=stack.mock, trust_env=False, timeout=WITHIN_S) as mock:
        for number in range(count):
            at_once = isinstance(contract.start, Emit) and chance.random() < 0.2
            drawn = chance.choice(AT_ONCE) if at_once else chance.uniform(EARLIEST_S, LATEST_S)
            stop = Stop(contract, drawn if isinstance(contract.start, Emit) else max(0.0, drawn))
            key = f"stop {contract.key} {number} of {time.monotonic_ns()}"
            async with asyncio.timeout(WITHIN_S):
                await one(stack, stop, f"{key} [[mock: {SCRIPT}]]")
                stop.entry = await _journal(mock, key)
            found.append(stop)
    return found


async def _journal(mock: httpx2.AsyncClient, key: str) -> dict[str, Any] | None:
    while True:
        answer = await mock.get("/__mock__/requests", params={"contains": key, "limit": 1})
        entries: list[dict[str, Any]] = answer.json()["requests"]
        if not entries or entries[0]["state"] != "running":
            return entries[0] if entries else None
        await asyncio.sleep(0.01)


async def _by_socket(stack: Stack, stop: Stop, message: str) -> None:
    contract, over = stop.contract, asyncio.Event()
    assert isinstance(contract.start, Emit)  # noqa: S101 - for the types
    assert isinstance(contract.stop, Emit)  # noqa: S101
    start = contract.start.event, fill(contract.start.payload, Turn(message=message).values())

    def on_message(event: ReceivedEvent) -> None:
        kind = contract.kind_of(event.event, event.payload)
        if kind and kind.end:
            stop.ends.append(kind.end)
            over.set()
        elif kind and kind.text:
            stop.text += event.payload[kind.text]

    async with _client(stack, contract) as client:
        client.on("*", on_message)
        if stop.moment_s < 0:
            await _send(client, contract.stop.event, stop)
            await asyncio.sleep(-stop.moment_s)
            client.emit(*start, lambda _: None)
        else:
            client.emit(*start, lambda _: None)
            if stop.moment_s:
                await asyncio.sleep(stop.moment_s)
            await _send(client, contract.stop.event, stop)
        await over.wait()
        await asyncio.sleep(LINGER_S)  # a second end would come now


@asynccontextmanager
async def _client(stack: Stack, contract: Contract) -> AsyncIterator[RealtimeClient]:
    options = RealtimeOptions(
        transport="websocket" if contract.transport == "websocket" else "socketio",
        namespace=contract.namespace,
        auth={},
        reconnection=False,
    )
    async with RealtimeClient(stack.host, options) as client:
        yield client


async def _send(client: RealtimeClient, event: str, stop: Stop) -> None:
    stop.sent_ns = time.monotonic_ns()
    answer = await client.call(event, {})
    if answer["ok"]:
        stop.acknowledged_ns = time.monotonic_ns()


async def _by_http(stack: Stack, stop: Stop, message: str) -> None:
    contract = stop.contract
    headers = {"Authorization": f"Bearer {stack.token}"} if contract.needs_token else {}
    named = asyncio.Event()
    async with open_viewer(
        stack.host, contract, headers=headers, read_timeout_s=WITHIN_S, linger_s=LINGER_S
    ) as viewer:

        async def watch() -> None:
            async for seen in viewer.ask(Turn(message=message)):
                if run_of(viewer):
                    named.set()
                stop.text += seen.text or ""
                if seen.end:
                    stop.ends.append(seen.end)

        looking = asyncio.create_task(watch())
        await named.wait()
        await asyncio.sleep(stop.moment_s)
        stop.sent_ns = time.monotonic_ns()
        await viewer.stop()
        stop.acknowledged_ns = time.monotonic_ns()
        await looking
