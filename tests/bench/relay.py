"""SSE: what a chunk costs the app, and that it costs the same in long answers and in company."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from tests.bench.processes import Process, running, settled, the_app, the_upstream
from tests.bench.report import Must, Plan, Report, Row
from tests.bench.sse_client import asked_over, held_open, post

AT_ONCE = 20
PER_ANSWER = 200
LEAST = 40_000
INFERENCE, AI_CHAT = "/api/v1/inference/stream", "/api/v2/ai/chat/stream"


@dataclass(frozen=True, slots=True)
class Way:
    """One server and how it is asked. `share`: how many of the answers it can bear in a round."""

    name: str
    server: Process
    path: str
    share: float = 1.0

    def request(self, asked: str) -> bytes:
        body: object = {"messages": [{"role": "user", "content": asked}]}
        return post(self.path, {"message": asked} if self.path == AI_CHAT else body)

    async def chunks_a_cpu_second(self, answers: int, chunks: int = PER_ANSWER) -> float:
        answers = max(4, round(answers * self.share))
        at_once = min(AT_ONCE, answers)
        before = self.server.cpu_s()
        came = await asked_over(self.server.url, self.request(f"chunks={chunks}"), answers, at_once)
        await settled(self.server)
        if came < answers * chunks:
            raise RuntimeError(f"{self.name}: {came} of {answers * chunks} chunks came")
        return came / max(self.server.cpu_s() - before, 0.001)


async def relay(plan: Plan) -> Sequence[Report]:
    """Unpaced answers, relayed and stored; beside a relay that copies bytes and a plain one."""
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        upstream = await enter(the_upstream())
        app = await enter(the_app(upstream.url))
        floor = await enter(running(("tests.bench.floor_relay", upstream.url)))
        naive = await enter(running(("tests.bench.naive_relay", upstream.url)))
        ways = [
            Way("inference, SSE", app, INFERENCE),
            Way("ai-chat, SSE", app, AI_CHAT),
            Way("floor: bytes copied unread", floor, "/"),
            Way("naive: the client's typed stream", naive, "/stream", 0.15),
        ]
        rows = await _in_turns(ways, plan, plan.much(400, 20))
    ours = rows[0].median
    must = Must(f"inference: at least {LEAST:,} chunks a CPU second: {ours:,.0f}", ours >= LEAST)
    title = f"Relay of unpaced answers of {PER_ANSWER} chunks, history stored"
    return [Report(title, "chunks/CPU s", rows, [must])]


async def growth(plan: Plan) -> Sequence[Report]:
    """The same cost a chunk in an answer a hundred times as long, and beside 500 other runs."""
    company = plan.much(500, 20)
    long = plan.much(20_000, 2_000)
    async with the_upstream() as upstream, the_app(upstream.url) as app:
        way = Way("", app, INFERENCE)
        answers = plan.much(200, 10)
        short: list[float] = []
        lengthy: list[float] = []
        for _ in range(plan.rounds):
            short.append(await way.chunks_a_cpu_second(answers))
            lengthy.append(await way.chunks_a_cpu_second(max(4, answers // 20), long))
        alone: list[float] = []
        together: list[float] = []
        for _ in range(plan.rounds):
            alone.append(await way.chunks_a_cpu_second(answers))
            # The others are under way but silent: what they say themselves is not counted.
            async with held_open(app.url, way.request("chunks=1 hold=1"), company):
                await settled(app)
                together.append(await way.chunks_a_cpu_second(answers))
    return [
        Report(
            "Cost of a chunk in a long answer",
            "chunks/CPU s",
            [Row(f"answers of {long:,} chunks", lengthy), Row(f"of {PER_ANSWER} chunks", short)],
        ),
        Report(
            "Cost of a chunk beside other runs",
            "chunks/CPU s",
            [Row(f"{company} other runs open", together), Row("no other run", alone)],
        ),
    ]


async def _in_turns(ways: Sequence[Way], plan: Plan, answers: int) -> list[Row]:
    """A round measures each way once, so that a busy machine is busy for all of them."""
    for way in ways:
        await way.chunks_a_cpu_second(max(4, answers // 10))
    samples: dict[str, list[float]] = {way.name: [] for way in ways}
    for _ in range(plan.rounds):
        for way in ways:
            samples[way.name].append(await way.chunks_a_cpu_second(answers))
    return [Row(name, values) for name, values in samples.items()]
