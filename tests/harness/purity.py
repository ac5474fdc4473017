"""What a unit test may not do: open a socket, start a process, sleep. The attempt fails the test.

Python reports sockets and processes by its audit events, whoever calls; a hook that raises prevents
the act. `time.sleep` and `asyncio.sleep` are replaced while a unit test runs. What swallows the
exception is found all the same, at the test's end.
"""

import asyncio
import sys
import time
from collections.abc import Generator
from typing import Any, SupportsIndex

import pytest

SOCKETS = {"socket.connect", "socket.bind", "socket.sendto", "socket.getaddrinfo"}
PROCESSES = {
    "subprocess.Popen",
    "os.fork",
    "os.forkpty",
    "os.posix_spawn",
    "os.exec",
    "os.spawn",
    "os.system",
}
ACTS = dict.fromkeys(SOCKETS, "uses a socket") | dict.fromkeys(PROCESSES, "starts a process")


class ImpureError(Exception):
    """A unit test does what belongs to tests/integration."""


_sleep, _block = asyncio.sleep, time.sleep
_found: list[str] = []
_watching = False


def _refuse(act: str, detail: object) -> None:
    message = (
        f"a unit test {act} ({detail}): give it its events and its clock, "
        "or move it to tests/integration"
    )
    _found.append(message)
    raise ImpureError(message)


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    # Every event of the process comes by here: the rest is looked at only in a unit test.
    if _watching and (act := ACTS.get(event)):
        _refuse(act, f"{event} {arguments!r:.120}")


async def _asleep(delay: float, result: object = None) -> object:
    """`asyncio.sleep` in a unit test: it yields to the loop, and waits for no time."""
    if _watching and delay > 0:
        _refuse("sleeps", f"asyncio.sleep({delay})")
    return await _sleep(delay, result)


def _blocked(secs: float | SupportsIndex, /) -> None:
    """`time.sleep` in a unit test."""
    if float(secs) > 0:
        _refuse("sleeps", f"time.sleep({secs})")


def _watch(on: bool) -> None:
    global _watching  # the audit hook has no other argument
    _watching = on
    asyncio.sleep = asyncio.tasks.sleep = _asleep if on else _sleep  # type: ignore[assignment]
    time.sleep = _blocked if on else _block


def pytest_configure() -> None:
    # A hook can't be removed; it costs a comparison where no unit test runs.
    sys.addaudithook(_audit)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The making of fixtures is watched too: a unit test's belong to it."""
    _found.clear()
    _watch(item.get_closest_marker("unit") is not None)
    try:
        return (yield)
    finally:
        _watch(False)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """What ends after a worker's last unit test may be servers of the integration tests before."""
    _watch(False)
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    outcome = yield
    if _found and item.get_closest_marker("unit"):
        raise ImpureError(_found[0])
    return outcome
