"""Socket.IO: what a `chat:message` costs the app."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

from tests.bench.processes import Process, running, settled, the_app, the_upstream
from tests.bench.report import Must, Plan, Report, Row
from tests.bench.socket_client import socket_of

AT_ONCE = 20
PER_ANSWER = 200
LEAST = 18_000
ANSWERED_WITHIN_S = 120.0


async def sockets(plan: Plan) -> Sequence[Report]:
    """Unpaced answers; beside bare `emit`s from memory and an `emit` for each typed chunk."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        upstream = await enter(the_upstream())
        app = await enter(the_app(upstream.url))
        floor = await enter(running(("tests.bench.naive_sockets",)))
        naive = await enter(running(("tests.bench.naive_sockets", upstream.url)))
        servers = {
            "ai-gateway, Socket.IO": (app, 1.0),
            "floor: bare emits, no upstream": (floor, 1.0),
            "naive: emit for each typed chunk": (naive, 0.2),
        }
        samples: dict[str, list[float]] = {name: [] for name in servers}
        answers = plan.much(15, 1)
        for number in range(plan.rounds + 1):
            for name, (server, share) in servers.items():
                rate = await events_a_cpu_second(server, max(1, round(answers * share)))
                if number:  # the first round warms
                    samples[name].append(rate)
    rows = [Row(name, values) for name, values in samples.items()]
    ours = rows[0].median
    must = Must(f"at least {LEAST:,} events a CPU second: {ours:,.0f}", ours >= LEAST)
    title = f"`chat:message` events of unpaced answers of {PER_ANSWER} chunks, {AT_ONCE} clients"
    return [Report(title, "events/CPU s", rows, [must])]


async def events_a_cpu_second(server: Process, answers: int) -> float:
    """`answers` to each of the clients, one after the other."""

    async def one() -> int:
        events = 0
        ended = asyncio.Event()

        def heard(event: bytes) -> None:
            nonlocal events
            if event.startswith(b'/ai,["chat:message"'):
                events += 1
            elif event.startswith((b'/ai,["chat:end"', b'/ai,["chat:error"')):
                ended.set()

        reader = await socket_of(server.url, "/ai", heard)
        for _ in range(answers):
            ended.clear()
            reader.emit("/ai", "chat:start", {"userId": "bench", "message": f"chunks={PER_ANSWER}"})
            async with asyncio.timeout(ANSWERED_WITHIN_S):
                await ended.wait()
        reader.transport.close()
        return events

    before = server.cpu_s()
    came = sum(await asyncio.gather(*(one() for _ in range(AT_ONCE))))
    await settled(server)
    if came != AT_ONCE * answers * PER_ANSWER:
        raise RuntimeError(f"{came} of {AT_ONCE * answers * PER_ANSWER} events came")
    return came / max(server.cpu_s() - before, 0.001)
