"""Streams without any delay: how many a second, beside the fastest mock known."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import orjson

from mock_openai.certify.requests import PATH, http_request
from tests.bench.mock.hammer import Served, hammer
from tests.bench.mock.servers import Server, aimock, python

VERSION = b"anthropic-version: 2023-06-01\r\n"
CHUNKS = 200
CHUNK_CHARS = 5
CONNECTIONS = 64
TEXT = "".join(f"{number:04d} " for number in range(CHUNKS))
SCENARIO = f"""\
name: bench
when: {{last_user: bench}}
pace: {{first_token_ms: 0, between_tokens_ms: 0, chunk: {{chars: {CHUNK_CHARS}}}}}
steps: [{{say: "{TEXT}"}}]
"""


@dataclass(frozen=True, slots=True)
class Contestant:
    name: str
    start: Callable[[], AbstractContextManager[Server]]
    unique: bool = False
    anthropics: bool = False


def contestants(aimock_command: Path | None) -> list[Contestant]:
    found = [
        Contestant("mock: one request, many times", _mock),
        Contestant("mock: every request another", _mock, unique=True),
        Contestant("mock: Anthropic's, one request, many times", _mock, anthropics=True),
        Contestant("mock: Anthropic's, every request another", _mock, unique=True, anthropics=True),
    ]
    if aimock_command is not None:
        start = _aimock(aimock_command)
        found.append(Contestant("aimock: one request, many times", start))
        found.append(Contestant("aimock: every request another", start, unique=True))
    return found


@contextmanager
def _mock() -> Iterator[Server]:
    with TemporaryDirectory(prefix="bench-mock-") as folder:
        Path(folder, "bench.yaml").write_text(SCENARIO)
        with python("mock_openai", "serve", "--port", "0", "--scenarios", folder) as server:
            yield server


def _aimock(command: Path) -> Callable[[], AbstractContextManager[Server]]:
    return lambda: aimock(command, TEXT, CHUNK_CHARS)


def requests(*, unique: bool, anthropics: bool = False) -> Iterator[bytes]:
    number = 0
    more = {"max_tokens": 8_192} if anthropics else {}
    address = ("/v1/messages", VERSION) if anthropics else (PATH,)
    while True:
        text = f"bench {number}" if unique else "bench"
        messages = [{"role": "user", "content": text}]
        body = {"model": "gpt-4o", "stream": True, "messages": messages, **more}
        yield http_request(orjson.dumps(body), *address)
        number += 1


def run(contestant: Contestant, seconds: float) -> Served:
    with contestant.start() as server:
        source = requests(unique=contestant.unique, anthropics=contestant.anthropics)
        first = hammer(server.address, source, 1, streams=20)  # warm
        served = hammer(server.address, source, CONNECTIONS, seconds=seconds)
    if first.octets < 20 * CHUNKS * 100:
        raise RuntimeError(f"{contestant.name}: the answers are too short to be right")
    return served
