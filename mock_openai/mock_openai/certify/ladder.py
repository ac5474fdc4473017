"""The ladder: the same streams at growing concurrency, until their times can't be trusted."""

import resource
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from mock_openai.certify.cpu_pinning import Cores, cpu_s, rss_bytes
from mock_openai.certify.lateness import Quantiles, late, quantiles
from mock_openai.certify.listener import listen
from mock_openai.certify.requests import StreamPattern, expected, http_request
from mock_openai.certify.server import serving

STEPS = (1, 10, 50, 100, 200, 500, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000)
QUICK_STEPS = (1, 100, 500, 1_000)
PATIENCE_S = 10.0
AGAIN = 2
_SPARE_FILES = 64
Progress = Callable[[int, int], None]
"""Told the streams of the rung and how many of them have ended."""


@dataclass(frozen=True, slots=True)
class Rung:
    """One load. `arrived` is lateness at the listener, `written` the server's own p50, p99, max;
    both in ns. `whole` counts the streams that came byte for byte as planned."""

    streams: int
    frames_per_s: float
    arrived: Quantiles
    written: dict[str, int]
    whole: int
    cpu: float
    rss: int


@dataclass(frozen=True, slots=True)
class Bound:
    """What trusted means, in ns."""

    p50: int = 1_000_000
    p99: int = 5_000_000

    def holds(self, rung: Rung) -> bool:
        """Whether the rung's times can be trusted."""
        late = rung.arrived
        return rung.whole == rung.streams and late.p50 <= self.p50 and late.p99 <= self.p99


def climb(
    steps: tuple[int, ...], pattern: StreamPattern, cores: Cores, bound: Bound, progress: Progress
) -> Iterator[Rung]:
    """Stops one rung after the first that does not hold. A rung that fails is tried again: what
    else runs on a machine only ever makes it worse, so the best try is the mock's own."""
    most = _allow_files(max(steps))
    failed = False
    for streams in steps:
        if streams > most:
            return
        report = partial(progress, streams)
        rung = measure(streams, pattern, cores, report)
        for _ in range(AGAIN):
            if bound.holds(rung):
                break
            rung = min(rung, measure(streams, pattern, cores, report), key=_badness)
        yield rung
        if failed:
            return
        failed = not bound.holds(rung)


def _badness(rung: Rung) -> tuple[int, int]:
    return rung.streams - rung.whole, rung.arrived.p99


def measure(
    streams: int, pattern: StreamPattern, cores: Cores, progress: Callable[[int], None]
) -> Rung:
    """Each request is another; they are sent evenly over the first gap, as real ones would."""
    bodies = [pattern.body(number) for number in range(streams)]
    spread_ns = pattern.gap_ms * 1e6
    requests = [
        (int(spread_ns * number / streams), http_request(body))
        for number, body in enumerate(bodies)
    ]
    plans = list(expected(bodies))
    with serving(cores) as server:
        before_s, begun_s = cpu_s(server.pid), time.monotonic()
        reads = listen(server.address, requests, pattern.lasts_s + PATIENCE_S, progress)
        cpu = (cpu_s(server.pid) - before_s) / (time.monotonic() - begun_s)
        rss = rss_bytes(server.pid)
        written = server.lags_ns()
    lates = [late(one, what) for one, what in zip(reads, plans, strict=True)]
    begun = [one for one in lates if one is not None]
    arrived = quantiles(ns for one in begun for ns in one.lateness_ns)
    never = int((pattern.lasts_s + PATIENCE_S) * 1e9)  # nothing came: as late as was waited
    return Rung(
        streams,
        streams * 1e3 / pattern.gap_ms,
        arrived or Quantiles(never, never, never, never, never),
        written,
        sum(one.whole for one in begun),
        cpu,
        rss,
    )


def trusted(rungs: Sequence[Rung], bound: Bound) -> Rung | None:
    """The highest rung that holds together with all below it: whoever trusts a load trusts every
    smaller one too."""
    best = None
    for rung in rungs:
        if not bound.holds(rung):
            break
        best = rung
    return best


def _allow_files(count: int) -> int:
    """Raises the limit of open files as far as allowed, for the server too; returns the streams
    that it suffices for."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    need = count + _SPARE_FILES
    if soft < need:
        soft = need if hard == resource.RLIM_INFINITY else min(need, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return soft - _SPARE_FILES
