"""Recordings: a stranger's files of 10,000 events, judged by `check --from` in this process, beside
reading the JSON of each event alone (the floor)."""

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.bench.report import Must, Plan, Report, Row
from tests.unit.app.check.recordings.files import CONTRACT, WIRE, entry, har, json_lines, sse
from tokentape.check.config import CheckConfig
from tokentape.check.recordings.check_recording import check_recording
from tokentape.options.option import read_options

EVENTS = 10_000
MOST_S = 1.0


async def recordings(plan: Plan) -> Sequence[Report]:
    """CPU time: the machine's other processes are no part of it."""
    wire = [*WIRE[:2], *[WIRE[2]] * plan.much(EVENTS, 200), *WIRE[-2:]]
    files = {
        "a curl log, CRLF and comments": sse(wire, "\r\n", "keep-alive"),
        "JSON lines": json_lines(wire),
        "a browser's HAR": har(entry(sse(wire))),
    }
    texts = json_lines(wire[:-1]).splitlines()
    rows = []
    with tempfile.TemporaryDirectory(prefix="tokentape-bench-") as folder:
        for name, content in files.items():
            file = Path(folder) / "recording"
            file.write_bytes(content)
            rows.append(Row(name, [_spent_s(partial(_judge, file)) for _ in range(plan.rounds)]))
    floor = [_spent_s(partial(_read, texts)) for _ in range(plan.rounds)]
    musts = [Must(f"{row.name}: under {MOST_S:g} s", row.median < MOST_S) for row in rows]
    title = f"{len(wire):,} events of a recording, judged"
    return [Report(title, "s of CPU", [*rows, Row("JSON alone (floor)", floor)], musts)]


def _judge(file: Path) -> None:
    options = read_options(CheckConfig, {"from_file": str(file), "dialect": CONTRACT.dialect})
    report = check_recording(str(file), options, CONTRACT, (None, ""))
    assert report.exit_code == 0


def _read(texts: Sequence[bytes]) -> None:
    for text in texts:
        json.loads(text)


def _spent_s(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began
