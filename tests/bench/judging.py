"""Judging: what an event costs to be seen and judged by each contract, beside a loop that only puts
the text together (the floor)."""

import time
from collections.abc import Sequence

from tests.bench.report import Must, Plan, Report, Row
from tests.unit.app.check.speakers import KEYED, SPEAKERS, Wire, numbered, some_words
from tokentape.contract.contract import Contract
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, judge

EVENTS = 10_000
LONGEST_S = 1.0
"""An answer of so many events is judged in less."""
GROWTH = 2.0
"""An event of an answer that is ten times as long costs at most so many times as much, by the best
of the rounds; but where each event repeats all text so far: there it is ten times as long too."""


async def judging(plan: Plan) -> Sequence[Report]:
    count = plan.much(EVENTS, 500)
    rows, musts, floors = [], [], []
    for key, (contract, speak) in (SPEAKERS | KEYED).items():
        words = some_words("bench", 100) * (count // 100)
        long = numbered(contract, speak(words, "completed"))
        short = numbered(contract, speak(words[: count // 10], "completed"))
        costs = [_cost_us(contract, long, words) for _ in range(plan.rounds)]
        small = [_cost_us(contract, short, words[: count // 10]) for _ in range(plan.rounds)]
        floors += [_floor_us(long) for _ in range(plan.rounds)]
        row = Row(key, costs)
        rows.append(row)
        growth = min(costs) / min(small)
        whole_s = row.median * EVENTS / 1e6
        right = whole_s < LONGEST_S and (growth < GROWTH or _repeats(contract, long))
        musts.append(Must(f"{key}: 10,000 in {whole_s:.2f} s; ten times: ×{growth:.2f}", right))
    floor = Row("floor: text put together", floors)
    return [Report(f"See and judge an event, {count:,} of them", "µs/event", [floor, *rows], musts)]


def _repeats(contract: Contract, wire: Wire) -> bool:
    """Whether many events carry all text so far."""
    repeating = {kind.name for kind in contract.kinds if kind.accumulated}
    kinds = [contract.kind_of(*event) for event in wire[:10]]
    return sum(kind is not None and kind.name in repeating for kind in kinds) > 1


def _cost_us(contract: Contract, wire: Wire, words: Sequence[str]) -> float:
    started = time.process_time_ns()
    timeline = [
        see(contract, name, payload, at_ns=number, read=number)
        for number, (name, payload) in enumerate(wire)
    ]
    verdict = judge(contract, timeline, 0, Expectation(text="".join(words), outcome="completed"))
    spent = time.process_time_ns() - started
    assert verdict.right, verdict.violations
    return spent / 1e3 / len(wire)


def _floor_us(wire: Wire) -> float:
    started = time.process_time_ns()
    text: list[str] = []
    for _name, payload in wire:
        if isinstance(payload, dict):
            text += [one for one in payload.values() if isinstance(one, str)]
    assert "".join(text)
    return (time.process_time_ns() - started) / 1e3 / len(wire)
