"""What a socket brings is stamped when it came, not when it was read."""

import select
import socket
import struct
import sys
import time

import gevent
import pytest

from tokentape_load.viewers import arrival_socket
from tokentape_load.viewers.arrival_socket import (
    TRUSTED_NS,
    ArrivalSocket,
    arrived_ns,
    connected,
    receive,
)

NOW_NS, WALL_NS = 5_000_000_000, 1_700_000_000_000_000_000

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="other kernels do not stamp TCP")


def stamp(ns: int) -> bytes:
    return struct.pack("@ll", *divmod(ns, 1_000_000_000))


@pytest.fixture
def ends() -> tuple[ArrivalSocket, socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        host, port = listener.getsockname()
        ours = connected(host, port, timeout_s=10.0)
        theirs, _ = listener.accept()
    return ours, theirs


@linux_only
def test_bytes_that_lay_about_have_the_time_at_which_they_came(
    ends: tuple[ArrivalSocket, socket.socket],
) -> None:
    """A kernel begins to stamp some time after the first socket asks for it: till then it stamps
    what is read when it is read."""
    ours, theirs = ends
    with ours, theirs:
        while True:
            written_ns = time.monotonic_ns()
            theirs.sendall(b"early")
            while select.select([ours.fileno()], [], [], 0) == ([], [], []):
                pass
            there_ns = time.monotonic_ns()
            _, at_ns, received = receive(ours)
            assert received == b"early"
            assert at_ns >= written_ns
            if at_ns <= there_ns:
                break


@linux_only
def test_a_read_says_after_when_it_came_by_the_read_before_it(
    ends: tuple[ArrivalSocket, socket.socket],
) -> None:
    """The socket was empty after that one, and nobody looked in between."""
    ours, theirs = ends
    with ours, theirs:
        theirs.sendall(b"first")
        assert receive(ours).data == b"first"
        empty_ns = time.monotonic_ns()
        theirs.sendall(b"one ")
        theirs.sendall(b"two")
        while len(ours._sock.recv(7, socket.MSG_PEEK)) < 7:
            pass
        since_ns, at_ns, received = receive(ours)
    assert received == b"one two"
    assert since_ns <= empty_ns <= at_ns


def test_a_loop_that_waited_says_that_nothing_had_come(
    ends: tuple[ArrivalSocket, socket.socket],
) -> None:
    ours, theirs = ends
    sent_ns = 0

    def send() -> None:
        nonlocal sent_ns
        sent_ns = time.monotonic_ns()
        theirs.sendall(b"late")

    with ours, theirs:
        begun_ns = time.monotonic_ns()
        gevent.spawn_later(0.1, send)
        since_ns, at_ns, received = receive(ours)
    assert received == b"late"
    assert since_ns <= sent_ns <= at_ns
    # The loop turned many times meanwhile, each time with nothing to read.
    assert since_ns > begun_ns


@linux_only
@pytest.mark.parametrize("writes", [1, 2])
def test_one_segment_came_as_a_whole_and_two_did_not(
    ends: tuple[ArrivalSocket, socket.socket], writes: int
) -> None:
    ours, theirs = ends
    with ours, theirs:
        theirs.sendall(b"first")
        assert receive(ours).data == b"first"
        hold_ns = time.monotonic_ns() + 2 * arrival_socket._WIDE_NS
        while time.monotonic_ns() < hold_ns:
            pass  # a reader that is halted
        for number in range(writes):
            theirs.sendall(b"%d" % number)
        hold_ns = time.monotonic_ns() + 2 * arrival_socket._LAY_NS
        while time.monotonic_ns() < hold_ns:
            pass
        since_ns, at_ns, _ = receive(ours)
    assert (since_ns == at_ns) == (writes == 1)


@linux_only
def test_a_read_that_brings_more_has_the_time_of_the_last(
    ends: tuple[ArrivalSocket, socket.socket],
) -> None:
    ours, theirs = ends
    with ours, theirs:
        theirs.sendall(b"one ")
        written_ns = time.monotonic_ns()
        theirs.sendall(b"two")
        while len(ours.recv(7, socket.MSG_PEEK)) < 7:
            pass
        _, at_ns, received = receive(ours)
    assert received == b"one two"
    assert at_ns >= written_ns


def test_no_read_came_before_the_one_before_it(ends: tuple[ArrivalSocket, socket.socket]) -> None:
    """What came at once and is read in pieces came at once, however often clocks are compared."""
    ours, theirs = ends
    times_ns = []
    with ours, theirs:
        theirs.sendall(bytes(2_000))
        for _ in range(2_000):
            assert ours.recv(1)
            times_ns.append(ours.at_ns)
    assert times_ns == sorted(times_ns)


def test_an_end_is_no_bytes_and_comes_when_it_is_read(
    ends: tuple[ArrivalSocket, socket.socket],
) -> None:
    ours, theirs = ends
    with ours:
        theirs.sendall(b"all")
        assert receive(ours).data == b"all"
        theirs.close()
        before_ns = time.monotonic_ns()
        _, at_ns, received = receive(ours)
    assert received == b""
    assert at_ns >= before_ns


def test_silence_is_a_timeout(ends: tuple[ArrivalSocket, socket.socket]) -> None:
    ours, theirs = ends
    with ours, theirs:
        ours.settimeout(0.01)
        with pytest.raises(TimeoutError):
            receive(ours)


def test_a_stamp_is_reckoned_over_to_the_monotonic_clock() -> None:
    assert arrived_ns(stamp(WALL_NS - 3_000), WALL_NS, NOW_NS) == NOW_NS - 3_000


@pytest.mark.parametrize(
    "stamped_ns",
    [WALL_NS + 1, WALL_NS - TRUSTED_NS - 1],
    ids=["from the future", "long before"],
)
def test_a_stamp_across_a_clock_that_was_set_is_not_believed(stamped_ns: int) -> None:
    assert arrived_ns(stamp(stamped_ns), WALL_NS, NOW_NS) == NOW_NS
