"""The load run of this server's page, one at a time, as a child process on a leash.

The process never imports Locust, which would patch it. What a run leaves is kept until the next one
has left its own.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import orjson

from tokentape.check.mock_auth import MOCK_TOKEN, MOCK_URL
from tokentape.contract.contract import Json
from tokentape.ui.load.form import (
    LIMITS,
    REPORT,
    RESULTS,
    Here,
    LoadForm,
    limits_of,
    options_for,
)
from tokentape.ui.server_functions import UnfitInput

LONGEST_S = 240.0
"""What a run may take beyond its own time: starting servers, calibration, the last answers."""
LAST_WORDS_S = 1.0
LOOK_S = 0.1
"""Between two looks at whether a run is over."""
MOMENTS_MAX = 1_000
"""Seconds of a run that the charts show: more than a run of the page may take."""
LINE_MAX = 1_000_000
RESULTS_MAX = 50_000_000
"""Bytes of results that are read back; of more the charts stay as they were told."""
WORDS_KEPT = 12
"""Lines of standard error that are kept."""
TOKEN = "TOKENTAPE_LOAD_TOKEN"  # noqa: S105 - its name, not a token
"""Where the load command looks for one: a command line is public."""
COMMAND = (sys.executable, "-m", "tokentape_load")


@dataclass(slots=True)
class LoadJob:
    """One run, going on or over."""

    form: LoadForm
    owner: str
    """The session of the page that started it."""
    folder: TemporaryDirectory[str]
    began_s: float
    process: "subprocess.Popen[bytes]"
    """Its leash."""
    progress: Mapping[str, Json] = field(default_factory=dict)
    """The newest line of progress."""
    moments: deque[Mapping[str, Any]] = field(default_factory=lambda: deque(maxlen=MOMENTS_MAX))
    stderr_lines: deque[str] = field(default_factory=lambda: deque(maxlen=WORDS_KEPT))
    code: int | None = None
    """The exit code, once it is over."""
    stopping: bool = False
    over: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def running(self) -> bool:
        """Whether it is not over yet."""
        return not self.over.is_set()

    def path(self, name: str) -> Path:
        """A file in its folder, which is gone when the next run starts."""
        return Path(self.folder.name, name)

    @property
    def reported(self) -> bool:
        """Whether there is a report to open."""
        return not self.running and self.path(REPORT).exists()

    def interrupt(self) -> None:
        """Ask it to end as Ctrl-C does: it reports what it has seen."""
        self.stopping = True
        if self.process.stdin and not self.process.stdin.closed:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.write(b"stop\n")

    def let_go(self) -> None:
        """End what still runs at once, without a report: nobody is left to read one."""
        if self.process.stdin:
            self.process.stdin.close()


@dataclass(slots=True)
class LoadJobs:
    """The run that is going on or the latest, and what the one before it left."""

    command: Sequence[str] = COMMAND
    latest: LoadJob | None = None
    _task: asyncio.Task[None] | None = None

    def start(self, form: LoadForm, here: Here, owner: str) -> LoadJob:
        """Start a run; the users' token is handed on and not kept. Raises `UnfitInput` while there
        is one."""
        if self.latest and self.latest.running:
            raise UnfitInput("A load run is going on: stop it first, or wait for its end.")
        folder = TemporaryDirectory(prefix="tokentape-load-")
        before = self._results_of(self.latest, Path(folder.name))
        Path(folder.name, LIMITS).write_text(limits_of(form), encoding="utf-8")
        options = options_for(form, here, Path(folder.name), before)
        leash = _leashed([*self.command, *options], _tokens(form, here))
        if self.latest:
            self.latest.folder.cleanup()
        self.latest = load = LoadJob(
            replace(form, token=""), owner, folder, time.monotonic(), leash
        )
        self._task = asyncio.create_task(_run(load))
        return load

    def stop(self) -> None:
        """Ask the run to end and report; a second time: to end at once."""
        if self.latest and self.latest.running:
            if self.latest.stopping:
                self.latest.let_go()
            self.latest.interrupt()

    def leave(self, owner: str) -> None:
        """A page was closed: its run goes with it."""
        if self.latest and self.latest.running and self.latest.owner == owner:
            self.latest.stopping = True
            self.latest.let_go()

    def _results_of(self, before: LoadJob | None, folder: Path) -> Path | None:
        """The results of the run before, kept in the new one's folder to compare with."""
        if before is None or not before.reported:
            return None
        kept = folder / "before.json"
        kept.write_bytes(before.path(RESULTS).read_bytes())
        return kept


def _tokens(form: LoadForm, here: Here) -> Mapping[str, str]:
    """What the run is given beside its options; nothing for servers of its own, which know other
    tokens than this one."""
    if form.target != "here":
        return {TOKEN: "", MOCK_TOKEN: ""}
    mock = here.mock
    return {
        TOKEN: form.token,
        MOCK_URL: mock.url if mock else "",
        MOCK_TOKEN: (mock.token if mock else None) or "",
    }


def _leashed(command: Sequence[str], environment: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """The command on a leash. Not by asyncio, which would kill the leash with its loop, and so let
    go of the run. Its own session: Ctrl-C in the server's terminal is for the server."""
    try:
        return subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "tokentape.ui.load.supervisor", *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
            env={**os.environ, **environment},
        )
    except OSError as error:
        raise UnfitInput(f"The load command can't be started: {error}") from error


async def _run(load: LoadJob) -> None:
    try:
        await _watch(load, load.process)
        await asyncio.to_thread(_read_series, load)
    finally:
        load.let_go()
        load.over.set()


async def _watch(load: LoadJob, process: "subprocess.Popen[bytes]") -> None:
    """Hear what it tells until it is over, or has to be."""
    async with _reading(process.stdout) as told, _reading(process.stderr) as complained:
        hearing = asyncio.gather(_progress(load, told), _complaints(load, complained))
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(load.form.seconds + LONGEST_S):
                    await _ended(process)
            load.let_go()
            load.code = await _ended(process)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LAST_WORDS_S):
                    await hearing
        finally:
            hearing.cancel()


async def _ended(process: "subprocess.Popen[bytes]") -> int:
    """Its exit code."""
    while (code := process.poll()) is None:  # noqa: ASYNC110 - see `_leashed`
        await asyncio.sleep(LOOK_S)
    return code


@contextlib.asynccontextmanager
async def _reading(pipe: IO[bytes] | None) -> AsyncIterator[asyncio.StreamReader]:
    reader = asyncio.StreamReader(limit=LINE_MAX)
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    try:
        yield reader
    finally:
        transport.close()


def _read_series(load: LoadJob) -> None:
    """Every second of the run, in place of those that were told in passing."""
    path = load.path(RESULTS)
    if not path.exists() or path.stat().st_size > RESULTS_MAX:
        return
    with contextlib.suppress(orjson.JSONDecodeError, KeyError, TypeError):
        series = [
            each for each in orjson.loads(path.read_bytes())["series"] if isinstance(each, dict)
        ]
        load.moments.clear()
        load.moments.extend(series)


async def _progress(load: LoadJob, told_by: asyncio.StreamReader) -> None:
    async for line in _lines(told_by):
        try:
            told = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(told, dict):
            load.progress = told
            latest = told.get("latest")
            if isinstance(latest, dict) and _newer(latest, load.moments):
                load.moments.append(latest)


def _newer(moment: Mapping[str, Any], moments: deque[Mapping[str, Any]]) -> bool:
    return not moments or moment.get("at_s") != moments[-1].get("at_s")


async def _complaints(load: LoadJob, told_by: asyncio.StreamReader) -> None:
    async for line in _lines(told_by):
        words = line.decode(errors="replace").rstrip()
        if words:
            load.stderr_lines.append(words[:500])


async def _lines(stream: asyncio.StreamReader) -> AsyncIterator[bytes]:
    """Line by line; one that is too long is passed over."""
    while True:
        try:
            line = await stream.readline()
        except ValueError:
            continue
        if not line:
            return
        yield line
