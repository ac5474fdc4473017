"""Virtual time: hours pass at once, frames leave in due order, and the ledger tells that time."""

import asyncio
import socket
import subprocess
import sys
from itertools import pairwise
from typing import cast

from mock_openai.plan.plan import Frame, Plan
from mock_openai.plan.write_schedule import schedule_writes
from mock_openai.playback.ledger import Ledger
from mock_openai.playback.player import Playback, Player
from mock_openai.playback.socket_writer import SocketWriter
from mock_openai.playback.virtual_clock import VirtualClock
from tests.integration.mock_openai.conftest import chat, raw_request, serving

HOUR = 3_600_000_000_000


class Written:
    """A wire that notes the time of each write."""

    def __init__(self, name: str, clock: VirtualClock, log: list[tuple[int, str]]) -> None:
        self.name, self.clock, self.log = name, clock, log

    def write(self, data: bytes) -> bool:
        self.log.append((self.clock(), self.name))
        return True


async def test_frames_of_all_streams_leave_in_due_order_exactly_on_time() -> None:
    clock = VirtualClock()
    player = Player(asyncio.get_running_loop(), clock, clock.alarm)
    log: list[tuple[int, str]] = []
    ended = asyncio.Event()
    left = ["a", "b", "c"]
    start_ns = clock()

    def end(_: object) -> None:
        left.pop()
        if not left:
            ended.set()

    ledgers = []
    for number, name in enumerate("abc", 1):
        frames = tuple(Frame(number * HOUR * n, b"x", "content", n) for n in range(1, 4))
        schedule = schedule_writes(Plan(frames))
        ledgers.append(Ledger(schedule.columns, start_ns))
        wire = cast(SocketWriter, Written(name, clock, log))
        Playback(player, wire, schedule, ledgers[-1], end).start(b"", at_once=False)
    await asyncio.wait_for(ended.wait(), 60)
    player.close()
    hours = [((at_ns - start_ns) / HOUR, name) for at_ns, name in log]
    assert hours == [
        (1, "a"), (2, "a"), (2, "b"), (3, "a"), (3, "c"), (4, "b"), (6, "b"), (6, "c"), (9, "c"),
    ]  # fmt: skip
    assert {row[3] for ledger in ledgers for row in ledger.rows()} == {0}


def test_an_hours_stall_is_over_at_once_and_the_ledger_tells_the_hour() -> None:
    with serving("--clock", "virtual") as mock:
        answer = mock.post(chat("wait [[mock: fault=stall@5:1h]]", stream=True))
        assert answer.text.endswith("data: [DONE]\n\n")
        entry = mock.wait("wait", "finished")
        assert entry["ended_ns"] - entry["started_ns"] > HOUR
        written = [row["written_ns"] for row in entry["frames"]]
        assert max(b - a for a, b in pairwise(written)) > HOUR
        assert {row["lag_ns"] for row in entry["frames"]} == {0}


def test_time_does_not_pass_while_nothing_is_due() -> None:
    with serving("--clock", "virtual") as mock:
        body = chat("[[mock: scenario=stall-forever first=0 gap=0]]", stream=True)
        with socket.create_connection(mock.address, timeout=10) as sock:
            sock.sendall(raw_request(body))
            assert sock.recv(10)
            started = []
            for text in ("one", "two"):
                mock.post(chat(f"{text} [[mock: tokens=2 first=1h gap=0]]"))
                started.append(mock.wait(text, "finished")["started_ns"])
        assert started[1] - started[0] == HOUR


def test_virtual_time_is_one_for_all_and_so_refuses_workers() -> None:
    command = [sys.executable, "-m", "mock_openai", "serve", "--clock", "virtual", "--workers", "2"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "--workers 1" in done.stderr
