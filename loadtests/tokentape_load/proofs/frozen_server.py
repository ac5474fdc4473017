"""A server that is frozen for 2 s every 10 s: the closed loop asks it less while it is frozen, and
so sees little of it; the open loop's latency from the intended start tells the truth."""

from dataclasses import replace
from pathlib import Path

from tokentape_load.child_processes.server_freeze import Freeze, frozen
from tokentape_load.child_processes.servers import own_stack
from tokentape_load.metrics.run_results import Results, dump, shown_ms
from tokentape_load.proofs.proof import Evidence, Shown
from tokentape_load.reports.html_report import html
from tokentape_load.run.locust_process import run
from tokentape_load.run.run_config import RunConfig

FREEZE = Freeze(2.0, 10.0)
_PERCENTS = (50.0, 90.0, 95.0, 99.0)


def prove(folder: Path, seconds: float = 60.0) -> Evidence:
    """Writes both runs' JSON, and a report that has them side by side, to `folder`."""
    with own_stack(0) as stack:
        closed_config = RunConfig(
            host=stack.host,
            mock=stack.mock,
            users=30,
            run_time_s=seconds,
            contracts=("ai-chat/sse",),
            journeys=("chat=1",),
            directive="tokens=20 first=200ms gap=20ms",
            server_pids=stack.pids,
            quiet=True,
        )
        closed = _run(closed_config)
        # As many starts as the closed loop had, but on a schedule; users enough for the freezes.
        rate = closed.answered / closed.seconds if closed else 20.0
        opened = _run(replace(closed_config, rate=rate, users=300, spawn_rate=300.0, seed=1))
    if closed is None or opened is None:
        yield Shown("there was no run", right=False)
        return
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "closed.json").write_bytes(dump(closed))
    (folder / "open.json").write_bytes(dump(opened))
    report = folder / "frozen.html"
    report.write_text(html(opened, closed), "utf-8")
    heading = "".join(f"p{percent:g}".rjust(9) for percent in _PERCENTS)
    yield Shown(f"{'TTFT, ms':34}{heading}")
    seen = _line(closed, "TTFT")
    told = _line(opened, "TTFT intended")
    yield Shown(_table("closed loop, from the send", seen))
    yield Shown(_table("open loop, from the send", _line(opened, "TTFT")))
    yield Shown(_table("open loop, from the intended start", told))
    yield Shown(f"side by side in {report}")
    yield Shown(
        "a fifth of the starts falls into a freeze: the open loop's p90 shows it,"
        " the closed loop's does not",
        right=(told[1] or 0) > max(700.0, 2 * (seen[1] or 9e9)),
    )


def _run(config: RunConfig) -> Results | None:
    with frozen(config.server_pids, FREEZE):
        return run(config)


def _line(results: Results, name: str) -> list[float | None]:
    return [shown_ms(results.rows[0].figures[name], percent) for percent in _PERCENTS]


def _table(name: str, values: list[float | None]) -> str:
    told = "".join(("–" if value is None else f"{value:.0f}").rjust(9) for value in values)
    return f"{name:34}{told}"
