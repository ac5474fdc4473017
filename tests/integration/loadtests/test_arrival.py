"""What a socket brings is stamped when it came, not when it was read."""

import socket
import struct
import sys
import time

import pytest

from loadtests.viewers.arrival import TRUSTED_NS, ArrivalSocket, arrived_ns, connected, receive

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
    ours, theirs = ends
    with ours, theirs:
        written_ns = time.monotonic_ns()
        theirs.sendall(b"early")
        while ours.recv(5, socket.MSG_PEEK) != b"early":
            pass
        there_ns = time.monotonic_ns()
        at_ns, received = receive(ours)
    assert received == b"early"
    assert written_ns <= at_ns <= there_ns


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
        at_ns, received = receive(ours)
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
        assert receive(ours)[1] == b"all"
        theirs.close()
        before_ns = time.monotonic_ns()
        at_ns, received = receive(ours)
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
