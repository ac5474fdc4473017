"""What `make demo` promises: one line with the URL, a page that answers, and a clean end."""

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import httpx2
import psutil
import pytest

from e2e.messages import unique
from e2e.servers import Stack, command, start
from tokentape.child_processes.server import ServerProcess
from tokentape.client.factory import open_viewer
from tokentape.client.turn import Turn
from tokentape.contract.timeline import Seen
from tokentape.dialects.contracts import CONTRACTS

END_S = 60
"""Three seconds on a machine that does nothing else."""


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """One for all tests of this file, the last of which ends it."""
    with running_demo(tmp_path_factory.mktemp("demo")) as server:
        yield server


@contextlib.contextmanager
def running_demo(
    folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[ServerProcess]:
    arguments = [command("tokentape"), "demo", "--port", "0"]
    server = start(arguments, folder / "demo.log", environment, folder=folder)
    family = family_of(server)
    try:
        yield server
    finally:
        for process in family:
            if process.is_running():
                process.kill()
        server.stop()


def family_of(server: ServerProcess) -> list[psutil.Process]:
    parent = psutil.Process(server.process.pid)
    return [parent, *parent.children(recursive=True)]


def interrupt(server: ServerProcess) -> None:
    """As a terminal does on Ctrl-C: every process of the foreground group gets it."""
    os.killpg(server.process.pid, signal.SIGINT)


def assert_gone(family: list[psutil.Process]) -> None:
    """Reaped or about to be: what runs no more is no process left."""
    left = [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert left == []


async def test_demo_prints_one_line_and_its_page_answers(demo: ServerProcess) -> None:
    assert demo.lines == [f"tokentape ready at {demo.url}"]
    assert demo.url.endswith("/ui")
    async with httpx2.AsyncClient(follow_redirects=True) as http:
        for url in (demo.url, f"{demo.root}/"):
            page = await http.get(url)
            assert page.status_code == 200
            assert "Tokentape" in page.text
        assert (await http.get(f"{demo.root}/healthz")).status_code == 200


def test_demo_answers_from_the_mock_without_key_or_network(demo: ServerProcess) -> None:
    answer = httpx2.post(
        f"{demo.root}/api/v2/ai/chat/stream",
        json={"message": "Hello [[mock: tokens=5 first=10ms gap=5ms]]"},
    )
    assert answer.status_code == 200
    assert '"done":true' in answer.text.replace(" ", "")


def test_demo_with_an_upstream_of_its_own_streams_from_there_and_ends_when_it_is_interrupted(
    stack: Stack, tmp_path: Path
) -> None:
    environment = {"OPENAI_BASE_URL": stack.mock.url, "OPENAI_API_KEY": "sk-nothing"}
    message = unique("From elsewhere")
    with running_demo(tmp_path, environment) as demo:
        family = family_of(demo)
        assert len(family) == 1, "no mock is needed"
        httpx2.post(f"{demo.root}/api/v2/ai/chat/stream", json={"message": message})
        interrupt(demo)
        assert demo.process.wait(END_S) == 0
        assert_gone(family)
        assert "Traceback" not in demo.logged()
    journal = httpx2.get(f"{stack.mock.root}/__mock__/requests", params={"contains": message})
    assert len(journal.json()["requests"]) == 1


async def test_interrupted_demo_is_gone_in_mid_answer_too(demo: ServerProcess) -> None:
    family = family_of(demo)
    assert len(family) > 1, "the mock is a process of its own"
    turn = Turn(message="Go on and on [[mock: tokens=5000 first=20ms gap=20ms]]")
    async with contextlib.AsyncExitStack() as viewers:
        answers = []
        for key in ("ai-chat/sse", "ai-gateway/socketio"):
            viewer = open_viewer(demo.root, CONTRACTS[key])
            await viewers.enter_async_context(viewer)
            answers.append(viewer.ask(turn))
            assert any([seen.text async for seen in first(answers[-1], 5)])
        interrupt(demo)
        # The viewers' own loop goes on: a server that waits for them would find them there.
        await asyncio.to_thread(demo.process.wait, END_S)
        for answer in answers:
            async for _ in answer:
                pass
    assert_gone(family)
    assert "Traceback" not in demo.logged()


async def first(events: AsyncIterator[Seen], count: int) -> AsyncIterator[Seen]:
    for _ in range(count):
        yield await anext(events)
