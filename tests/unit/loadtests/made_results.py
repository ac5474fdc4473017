"""Results made by hand: a finished run with figures of every kind, for those who build reports."""

import random
from dataclasses import replace
from functools import cache

from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.run_results import (
    Calibrated,
    Definition,
    Example,
    LimitResult,
    Moment,
    Results,
    Row,
    Setup,
)

MS = 1_000_000

MEASURES = (
    Definition("TTFB", "send to the first byte of the answer"),
    Definition("TTFE", "send to the first event"),
    Definition("TTFT", "send to the first non-empty text"),
    Definition("ICL", "every gap between two texts, all answers pooled"),
    Definition("ITL", "(last text - first text) / (texts - 1), one value an answer"),
    Definition("E2E text", "send to the last text"),
    Definition("E2E close", "send to the end of the stream"),
    Definition("added", "the mock's write of a chunk to our socket read, every chunk"),
    Definition("TTFT intended", "when the start was due to the first non-empty text"),
)
_TYPICAL_MS = (205.0, 205.0, 206.0, 20.0, 20.1, 1_800.0, 1_801.0, 1.4, 209.0)


def values_of(typical_ms: float, n: int, seed: int) -> Histogram:
    """Times scattered around one, with a tail."""
    chance, histogram = random.Random(seed), Histogram()
    for _ in range(n):
        histogram.add(int(typical_ms * MS * chance.lognormvariate(0, 0.05)))
    return histogram


def row(contract: str, *, journey: str = "chat", answered: int = 120, wrong: int = 0) -> Row:
    """A row whose wrong answers each repeated a piece of text."""
    message = "'upon ' came twice, 300.0 ms from the start"
    example = Example("at event 6", message, "(turn 0/0/1/3)")
    return Row(
        contract=contract,
        journey=journey,
        users=12,
        started=answered + 2,
        answered=answered,
        wrong=wrong,
        unfinished=2,
        good=answered - wrong,
        violations={"text_repeated": wrong} if wrong else {},
        examples={"text_repeated": (example,)} if wrong else {},
        figures={
            measure.name: values_of(
                typical, answered * (80 if measure.name in ("ICL", "added") else 1), number
            )
            for number, (measure, typical) in enumerate(zip(MEASURES, _TYPICAL_MS, strict=True))
        },
    )


def moments(seconds: int = 20) -> tuple[Moment, ...]:
    """A second each, with a slow patch in the middle."""
    chance = random.Random(1)
    return tuple(
        Moment(
            at_s=float(at_s),
            started=24,
            finished=24 if at_s > 1 else 0,
            wrong=1 if at_s == 9 else 0,
            violations=1 if at_s == 9 else 0,
            users=50,
            running=48,
            ttft_n=24,
            ttft_p50_ms=206 + chance.random() + (300 if at_s in (9, 10) else 0),
            ttft_p99_ms=None,
            icl_n=1_900,
            icl_p50_ms=20 + chance.random() / 10,
            icl_p99_ms=24 + chance.random() * 4 + (200 if at_s in (9, 10) else 0),
            client_lag_ms=1 + chance.random(),
            client_cpu=0.3 + chance.random() / 20,
            server_cpu=0.6 + chance.random() / 10,
            server_rss_mb=140 + at_s / 4,
        )
        for at_s in range(seconds)
    )


@cache
def finished(*, wrong: int = 1) -> Results:
    """A run of 20 s over three contracts; by default one answer is wrong, and so it failed."""
    rows = (
        row("ai-chat/socketio"),
        row("ai-chat/sse", wrong=wrong),
        row("ai-chat/sse", journey="stop", answered=40),
        row("inference/sse", answered=60),
    )
    found = LimitResult(
        subject="ai-chat/sse",
        limit="violations",
        due=0,
        found=wrong,
        n=120,
        met=not wrong,
        words=f"{wrong} violations in 120 answers, 0 are allowed",
    )
    quick = LimitResult(
        subject="all",
        limit="ttft_p99_ms",
        due=400,
        found=231.5,
        n=300,
        met=True,
        words="TTFT p99 is 231.5 ms, the limit is 400 ms",
    )
    return Results(
        setup=Setup(
            began="2026-11-21T12:00:00Z",
            host="http://127.0.0.1:8000",
            mock="http://127.0.0.1:9100",
            shape="steady: 50 users for 20 s",
            users=50,
            run_time_s=20,
            contracts=tuple(sorted({each.contract for each in rows})),
            journeys=("chat", "stop"),
            machine="Linux, 2 CPUs, Python 3.11",
        ),
        phase="over",
        seconds=20.4,
        rows=rows,
        measures=MEASURES,
        judgement="failed" if wrong else "passed",
        reasons=("ai-chat/sse: 1 of 120 answers is wrong (text_repeated 1)",) if wrong else (),
        rulings=(quick, found),
        series=moments(),
        client_lag=values_of(0.3, 1_000, 3),
        calibration=tuple(
            Calibrated(
                transport=transport,
                streams=50,
                planned_ttft_ms=200,
                planned_icl_ms=20,
                ttft_p50_ms=200.9,
                icl_p99_ms=21.7,
                error_p50_ms=0.4,
                error_p99_ms=1.9,
            )
            for transport in ("sse", "socketio", "websocket")
        ),
    )


def invalid() -> Results:
    """The same run on a starved client."""
    reason = "the load generator's loop woke up to 61 ms late (p99), 20 ms are allowed"
    return replace(
        finished(wrong=0),
        judgement="invalid",
        invalid=(reason,),
        client_lag=values_of(61, 1_000, 3),
    )
