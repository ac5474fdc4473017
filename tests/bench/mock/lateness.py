"""Streams at a steady pace: how late their frames arrive, on each server."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

from mock_openai.certify.cpu_pinning import cpu_s, rss_bytes
from mock_openai.certify.lateness import Expected, Quantiles, late, quantiles
from mock_openai.certify.listener import listen
from mock_openai.certify.requests import StreamPattern, expected, http_request
from tests.bench.mock.floor import CHUNK, END
from tests.bench.mock.servers import Server, python

PATIENCE_S = 15.0


@dataclass(frozen=True, slots=True)
class Contestant:
    """`unique`: no two requests are the same, so that each needs a plan of its own."""

    name: str
    start: Callable[[StreamPattern], AbstractContextManager[Server]]
    mock: bool = False
    unique: bool = False


def _plain(module: str) -> Callable[[StreamPattern], AbstractContextManager[Server]]:
    def start(pattern: StreamPattern) -> AbstractContextManager[Server]:
        times = (str(pattern.first_ms / 1e3), str(pattern.gap_ms / 1e3))
        return python(f"tests.bench.mock.{module}", str(pattern.tokens), *times)

    return start


def _mock(pattern: StreamPattern) -> AbstractContextManager[Server]:
    return python("mock_openai", "serve", "--port", "0")


CONTESTANTS = (
    Contestant("floor: raw asyncio, a timer a frame", _plain("floor")),
    Contestant("naive: ASGI on uvicorn, sleeps", _plain("naive")),
    Contestant("mock: every request another", _mock, mock=True, unique=True),
    Contestant("mock: one request, many times", _mock, mock=True),
)


@dataclass(frozen=True, slots=True)
class Lateness:
    """One run. `wait` is from sending a request to its start, which no schedule counts."""

    frames: Quantiles
    wait: Quantiles
    whole: int
    streams: int
    cpu: float
    rss: int


def run(contestant: Contestant, pattern: StreamPattern, streams: int, spread_ms: float) -> Lateness:
    """Requests are sent evenly over `spread_ms`; 0: all at once."""
    names = range(streams) if contestant.unique else [0] * streams
    bodies = [pattern.body(name) for name in names]
    wanted = list(expected(bodies) if contestant.mock else _plainly(pattern, streams))
    requests = [
        (int(spread_ms * 1e6 * number / streams), http_request(body))
        for number, body in enumerate(bodies)
    ]
    with contestant.start(pattern) as server:
        before_s, begun_s = cpu_s(server.pid), time.monotonic()
        heard = listen(server.address, requests, pattern.lasts_s + PATIENCE_S)
        cpu = (cpu_s(server.pid) - before_s) / (time.monotonic() - begun_s)
        rss = rss_bytes(server.pid)
    found = [late(one, what) for one, what in zip(heard, wanted, strict=True)]
    begun = [one for one in found if one is not None]
    frames = quantiles(ns for one in begun for ns in one.lateness_ns)
    wait = quantiles(one.wait_ns for one in begun)
    if frames is None or wait is None:
        raise RuntimeError(f"{contestant.name}: nothing came")
    return Lateness(frames, wait, sum(one.whole for one in begun), streams, cpu, rss)


def _plainly(pattern: StreamPattern, streams: int) -> Iterator[Expected]:
    number = range(pattern.tokens)
    dues = [int((pattern.first_ms + pattern.gap_ms * n) * 1e6) for n in number]
    totals = [len(CHUNK) * (n + 1) for n in number]
    totals[-1] += len(END)
    for _ in range(streams):
        yield Expected(dues, totals)
