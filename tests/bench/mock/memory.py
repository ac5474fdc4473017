"""The mock's memory: with many streams open, and after many requests."""

from collections.abc import Callable, Iterator

from mock_openai.certify.cpu_pinning import rss_bytes
from mock_openai.certify.listener import listen
from mock_openai.certify.requests import StreamPattern, http_request
from tests.bench.mock.hammer import hammer
from tests.bench.mock.servers import python

_SHORT = StreamPattern(tokens=20, gap_ms=0, first_ms=0)
_LONG = StreamPattern(tokens=200)


def run(streams: int, requests: int, steps: int) -> Iterator[tuple[str, int]]:
    """(when, resident bytes), as it goes."""
    with python("mock_openai", "serve", "--port", "0") as server:
        resident: Callable[[], int] = lambda: rss_bytes(server.pid)  # noqa: E731 - read at each step
        yield "at the start", resident()
        bodies = [(0, http_request(_LONG.body(number))) for number in range(streams)]
        most: list[int] = []
        listen(server.address, bodies, _LONG.lasts_s + 15, lambda _: most.append(resident()))
        yield f"{streams:,} streams open, every request another", max(most)
        source = (http_request(_SHORT.body(number)) for number in range(10**9))
        for step in range(1, steps + 1):
            hammer(server.address, source, 64, streams=requests // steps)
            yield f"after {requests * step // steps:,} requests more", resident()
