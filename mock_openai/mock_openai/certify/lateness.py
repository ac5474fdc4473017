"""From what was read to how late it was. Pure."""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from mock_openai.certify.listener import StreamReads

_START = re.compile(rb"\r\nx-mock-started-ns: (\d+)\r\n")


@dataclass(frozen=True, slots=True)
class Expected:
    """What one stream must bring: each write's offset from the start and its bytes in all, with
    those before it; the HTTP head is not counted."""

    dues_ns: Sequence[int]
    totals: Sequence[int]


@dataclass(frozen=True, slots=True)
class Late:
    """One stream's lateness, write by write; `wait_ns` from sending the request to the start."""

    lateness_ns: "array[int]"
    wait_ns: int
    whole: bool


def late(received: StreamReads, expected: Expected) -> Late | None:
    """None for a stream that never began."""
    head = received.first.find(b"\r\n\r\n") + 4
    match = _START.search(received.first[:head])
    if head < 4 or match is None:
        return None
    start_ns = int(match[1])
    lateness = array("q")
    at = 0
    totals, times = received.totals, received.times_ns
    reads = len(totals)
    for due_ns, total in zip(expected.dues_ns, expected.totals, strict=True):
        while at < reads and totals[at] - head < total:
            at += 1
        if at == reads:
            break
        lateness.append(times[at] - start_ns - due_ns)
    whole = received.ended and len(lateness) == len(expected.dues_ns)
    whole = whole and totals[-1] - head == expected.totals[-1]
    return Late(lateness, start_ns - received.sent_ns, whole)


@dataclass(frozen=True, slots=True)
class Quantiles:
    """In ns."""

    p50: int
    p90: int
    p99: int
    p999: int
    max: int


def quantiles(samples: Iterable[int]) -> Quantiles | None:
    """None without samples."""
    ordered = sorted(samples)
    if not ordered:
        return None
    top = len(ordered) - 1
    p50, p90, p99, p999 = (ordered[int(top * q)] for q in (0.5, 0.9, 0.99, 0.999))
    return Quantiles(p50, p90, p99, p999, ordered[-1])
