"""One run at a time, watched as it goes, and gone with whoever started it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Callable

import orjson
import pytest

from tests.integration.app.changes import CHANGES, until
from tokentape.ui.load.form import Here, LoadForm
from tokentape.ui.load.load_job import LoadJob, LoadJobs
from tokentape.ui.load.view import pieces
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput

HERE = Here("http://127.0.0.1:9", None)

RUN = """
import json, os, pathlib, signal, subprocess, sys, time
options = dict(one[2:].partition("=")[::2] for one in sys.argv[1:])
def tell(**told): print(json.dumps(told), flush=True)
def moment(at_s): return {"at_s": at_s, "ttft_p50_ms": 200.0, "finished": 3, "icl_p99_ms": None}
def over(judgement, code, **more):
    limits = pathlib.Path(options["limits"]).read_text()
    results = {"series": [moment(0.0), moment(1.0), moment(2.0)], "limits": limits}
    pathlib.Path(options["json"]).write_text(json.dumps(results))
    pathlib.Path(options["html"]).write_text("<p>the report</p>")
    tell(phase="over", at_s=2.0, judgement=judgement, **more)
    sys.exit(code)
"""
ENDS = """
print("no JSON at all"); print("[1]"); tell(phase="running", at_s=1.0, users=5, latest=moment(1.0))
over("failed", 1, reasons=["ai-chat/sse: <b>1</b> violation"], violations={"text_lost": 1})
"""
HEARS = """
spoken = any("secret" in one for one in sys.argv)
names = ("TOKENTAPE_LOAD_TOKEN", "MOCK_URL", "MOCK_ADMIN_TOKEN")
over("passed", 0, heard=[os.environ.get(name, "") for name in names], spoken=spoken)
"""
FAILS = """
print("the server was <not> ready", file=sys.stderr); sys.exit(2)
"""
GOES_ON = """
command = [sys.executable, "-c", "import time; time.sleep(600)"]
child = subprocess.Popen(command, start_new_session=True)
signal.signal(signal.SIGINT, lambda *_: over("passed", 0))
tell(phase="running", at_s=1.0, child=child.pid, pid=os.getpid())
while True: time.sleep(600)
"""
DEAF = """
signal.signal(signal.SIGINT, signal.SIG_IGN)
tell(phase="running", at_s=1.0, pid=os.getpid())
while True: time.sleep(600)
"""
WIDE = """
print("x" * 3_000_000); tell(phase="running", at_s=1.0, latest=moment(1.0)); over("passed", 0)
"""


class NotedLoadJob(LoadJob):
    """Its progress is noted."""

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, value)
        CHANGES.note()


LoadsOf = Callable[[str], LoadJobs]
"""Loads whose command is this script."""


@pytest.fixture
async def loads_of(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[LoadsOf]:
    """What they start ends with the test."""
    monkeypatch.setattr("tokentape.ui.load.load_job.LoadJob", NotedLoadJob)
    found: list[LoadJobs] = []

    def made(script: str) -> LoadJobs:
        found.append(LoadJobs((sys.executable, "-c", RUN + script)))
        return found[-1]

    yield made
    for loads in found:
        if loads.latest:
            loads.latest.let_go()
            await loads.latest.over.wait()
            await asyncio.to_thread(loads.latest.process.wait)
            loads.latest.folder.cleanup()


async def test_a_server_that_ends_in_good_order_leaves_no_run_behind(
    loads_of: LoadsOf,
) -> None:
    loads = loads_of(GOES_ON)
    load = loads.start(LoadForm(), HERE, "page")
    child, pid = await told(load, "child"), await told(load, "pid")
    # As at the end of the server's loop: whatever runs is cancelled.
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    await ended(load)
    await gone(pid)
    await gone(child)


async def told(load: LoadJob, name: str) -> int:
    """Wait until the run has told this, which is a process id."""
    await until(lambda: name in load.progress)
    return int(str(load.progress[name]))


async def ended(load: LoadJob) -> None:
    async with asyncio.timeout(60):
        await load.over.wait()


async def gone(pid: int) -> None:
    """Wait until there is no such process, or only its remains: its descriptor tells."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        ended = asyncio.Event()
        asyncio.get_running_loop().add_reader(process, ended.set)
        async with asyncio.timeout(60):
            await ended.wait()
    finally:
        asyncio.get_running_loop().remove_reader(process)
        os.close(process)


async def test_a_run_is_told_as_it_goes_and_leaves_its_report(loads_of: LoadsOf) -> None:
    loads = loads_of(ENDS)
    load = loads.start(LoadForm(ttft_p99_ms=900), HERE, "page")
    await ended(load)
    assert (load.code, load.reported, load.progress["judgement"]) == (1, True, "failed")
    assert [moment["at_s"] for moment in load.moments] == [0, 1, 2], "of the results, all seconds"
    assert "ttft_p99_ms: 900" in load.path("results.json").read_text()
    shown = pieces(load, 0.0)
    assert "&lt;b&gt;1&lt;/b&gt; violation" in shown["reasons"]
    assert "text_lost" in shown["violations"]
    assert "Failed" in shown["state"]


async def test_only_one_run_at_a_time(loads_of: LoadsOf) -> None:
    loads = loads_of(GOES_ON)
    loads.start(LoadForm(), HERE, "page")
    with pytest.raises(UnfitInput, match="is going on"):
        loads.start(LoadForm(), HERE, "another page")


async def test_a_run_that_is_stopped_reports_what_it_saw(loads_of: LoadsOf) -> None:
    loads = loads_of(GOES_ON)
    load = loads.start(LoadForm(), HERE, "page")
    await told(load, "pid")
    loads.stop()
    await ended(load)
    assert load.reported
    assert load.progress["judgement"] == "passed"
    assert "Stopped before its time" in pieces(load, 0.0)["state"]


@pytest.mark.parametrize(
    ("target", "heard"),
    [("here", ["secret", "http://127.0.0.1:8", "secret too"]), ("own", ["", "http://other", ""])],
)
async def test_tokens_are_heard_by_a_run_on_this_server_alone(
    loads_of: LoadsOf, monkeypatch: pytest.MonkeyPatch, target: str, heard: list[str]
) -> None:
    monkeypatch.setenv("MOCK_URL", "http://other")
    monkeypatch.setenv("MOCK_ADMIN_TOKEN", "secret of another's")
    here = Here("http://127.0.0.1:9", Mock("http://127.0.0.1:8", "secret too"))
    loads = loads_of(HEARS)
    load = loads.start(LoadForm(target=target, token="secret"), here, "page")
    await ended(load)
    assert load.progress["heard"] == heard
    assert load.progress["spoken"] is False
    assert "secret" not in repr(load.form) + load.form.token


async def test_a_run_that_does_not_listen_ends_when_it_is_stopped_twice(
    loads_of: LoadsOf,
) -> None:
    loads = loads_of(DEAF)
    load = loads.start(LoadForm(), HERE, "page")
    pid = await told(load, "pid")
    loads.stop()
    loads.stop()
    await ended(load)
    await gone(pid)
    assert "Stopped, without a report" in pieces(load, 0.0)["state"]


async def test_a_closed_page_takes_its_run_and_all_that_it_started_with_it(
    loads_of: LoadsOf,
) -> None:
    loads = loads_of(GOES_ON)
    load = loads.start(LoadForm(), HERE, "page")
    child, pid = await told(load, "child"), await told(load, "pid")
    loads.leave("another page")
    assert load.running
    loads.leave("page")
    await ended(load)
    await gone(pid)
    await gone(child)


async def test_an_owner_that_was_killed_leaves_no_run_behind() -> None:
    leash = [
        sys.executable,
        "-m",
        "tokentape.ui.load.supervisor",
        sys.executable,
        "-c",
        RUN + GOES_ON,
    ]
    script = f"import subprocess; subprocess.Popen({leash!r}, stdin=subprocess.PIPE).wait()"
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", script), stdout=asyncio.subprocess.PIPE
    )
    assert owner.stdout is not None
    async with asyncio.timeout(60):
        told = orjson.loads(await owner.stdout.readline())
    owner.kill()
    await gone(told["pid"])
    await gone(told["child"])
    await owner.communicate()


async def test_a_run_that_can_t_be_made_says_why(loads_of: LoadsOf) -> None:
    loads = loads_of(FAILS)
    load = loads.start(LoadForm(), HERE, "page")
    await ended(load)
    shown = pieces(load, 0.0)
    assert "The run could not be made" in shown["state"]
    assert "the server was &lt;not&gt; ready" in shown["reasons"]
    assert not load.reported


async def test_a_line_without_end_does_not_fill_the_memory(loads_of: LoadsOf) -> None:
    loads = loads_of(WIDE)
    load = loads.start(LoadForm(), HERE, "page")
    await ended(load)
    assert load.progress["judgement"] == "passed"


async def test_the_next_run_is_compared_with_the_one_before(loads_of: LoadsOf) -> None:
    loads = loads_of(ENDS)
    first = loads.start(LoadForm(), HERE, "page")
    await ended(first)
    second = loads.start(LoadForm(), HERE, "page")
    await ended(second)
    assert second.path("before.json").exists()
    assert not first.path("").exists(), "what the run before left is gone"
