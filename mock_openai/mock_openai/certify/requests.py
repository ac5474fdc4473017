"""The requests of a measurement and what they must bring, from the same plans as the server's."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

import orjson

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.certify.lateness import Expected
from mock_openai.endpoints import ENDPOINTS
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings

PATH = "/v1/chat/completions"


@dataclass(frozen=True, slots=True)
class StreamPattern:
    """Streams of `tokens` chunks, one each `gap_ms`, the first after `first_ms`."""

    tokens: int
    gap_ms: float = 20.0
    first_ms: float = 200.0

    @property
    def lasts_s(self) -> float:
        """Seconds from the first token to the last."""
        return (self.first_ms + self.gap_ms * self.tokens) / 1e3

    def body(self, name: object) -> bytes:
        """A request's body; `name` makes it another than the rest."""
        text = (
            f"stream {name} [[mock: scenario=built-in seed=0 tokens={self.tokens} "
            f"first={self.first_ms:g}ms gap={self.gap_ms:g}ms]]"
        )
        messages = [{"role": "user", "content": text}]
        return orjson.dumps({"model": "gpt-4o", "stream": True, "messages": messages})


def http_request(body: bytes, path: str = PATH, more: bytes = b"") -> bytes:
    """The bytes of a POST over HTTP/1.1; `more` are header lines, each with its end."""
    return (
        b"POST %b HTTP/1.1\r\nhost: mock\r\nauthorization: Bearer any\r\n%b"
        b"content-type: application/json\r\ncontent-length: %d\r\n\r\n%b"
    ) % (path.encode(), more, len(body), body)


def expected(bodies: list[bytes]) -> Iterator[Expected]:
    """By this process' own planner: it is deterministic, so the server need not be called."""
    planner = Planner(ScenarioFiles(), Settings())
    for body in bodies:
        schedule = planner.plan(ENDPOINTS[PATH], {}, body).schedule
        sizes = (len(schedule.wire(i, i + 1)) for i in range(len(schedule.dues)))
        yield Expected(schedule.dues, list(accumulate(sizes)))
