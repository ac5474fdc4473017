"""One stream, asked for over HTTP or read from a file (a curl log, a HAR, lines of JSON, a tape of
our own): the verdict is the same, kind by kind and place by place."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from tests.harness.chance import by_chance, seeds
from tests.unit.app.check.recordings.files import entry, har
from tests.unit.app.contract.lawful.protocols import PROTOCOLS
from tests.unit.app.contract.mutated import Stream, body, lawful, mutated
from tokentape.check.command import config_of
from tokentape.check.config import CheckConfig
from tokentape.check.record_command import record
from tokentape.check.record_config import RecordConfig
from tokentape.check.recordings.check_recording import check_recording
from tokentape.check.report import RIGHT, Report
from tokentape.check.runner import check
from tokentape.contract.contract import Contract, Json
from tokentape.options.option import read_options

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


@dataclass
class Saying:
    """A server that says these bytes, whatever it is asked."""

    body: bytes = b""
    asked: Json = None
    url: str = ""
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        size = int(head.partition("content-length: ")[2].partition("\r\n")[0] or 0)
        self.asked = json.loads(await reader.readexactly(size))
        writer.write(HEAD + self.body)
        writer.close()
        await writer.wait_closed()


@asynccontextmanager
async def saying() -> AsyncIterator[Saying]:
    server = Saying()
    async with await asyncio.start_server(server, "127.0.0.1", 0) as listening:
        server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
        yield server


Found = list[tuple[str, int]]


def found(report: Report) -> tuple[Found, str]:
    """What is wrong, and the text: all that a verdict says but times and words."""
    (result,) = report.results
    kinds: Found = sorted((one.kind, one.index) for one in result.verdict.violations)
    return kinds, result.verdict.text


def from_file(file: Path, content: bytes, contract: Contract) -> Report:
    file.write_bytes(content)
    options = read_options(CheckConfig, {"from_file": str(file), "order_only": True})
    return check_recording(str(file), options, contract, (None, ""))


async def on_tape(file: Path, config: CheckConfig) -> Report | None:
    """What `tokentape record` keeps, judged; `None` where no event came, and nothing is kept."""
    taping = RecordConfig(out=file)
    asked = {"url": config.url, "dialect": config.contract.dialect}
    if await asyncio.to_thread(record, taping, **asked) != RIGHT:
        return None
    options = read_options(CheckConfig, {"from_file": str(file), "order_only": True})
    return check_recording(str(file), options, None, (None, ""))


def curled(stream: Stream) -> bytes:
    """As `curl -i` prints it, with what a proxy and a keep-alive make of it."""
    frames = body(stream).replace("\n\n", "\n\n: keep-alive\n\n").replace("\n", "\r\n")
    return HEAD + frames.encode("utf-8", "surrogatepass")


@by_chance
@pytest.mark.parametrize("name", PROTOCOLS)
async def test_file_gets_the_verdict_of_its_stream(name: str, tmp_path: Path) -> None:
    protocol = PROTOCOLS[name]
    contract, dialect = protocol.contract, protocol.contract.dialect
    async with saying() as server:
        config = config_of(url=server.url, dialect=dialect, order_only=True)
        wrong = 0
        for seed in seeds(6):
            chance = Random(f"{name} {seed}")
            stream = (lawful if seed == 0 else mutated)(protocol, chance)
            server.body = body(stream).encode("utf-8", "surrogatepass")
            over_http = found(await check(config))
            wrong += bool(over_http[0])
            spoken = entry(server.body, request=server.asked)
            assert found(from_file(tmp_path / "h", har(spoken), contract)) == over_http, stream
            taped = await on_tape(tmp_path / "t", config)
            if taped is not None:
                assert found(taped) == over_http, stream
            if not stream:
                continue
            assert taped is not None
            # Of what follows nobody knows the request, so that it is compared with no request's.
            plain = found(from_file(tmp_path / "h", har(entry(server.body)), contract))
            assert found(from_file(tmp_path / "c", curled(stream), contract)) == plain, stream
            if all(one.raw is None and not one.name for one in stream) and len(stream) > 1:
                lines = "".join(f"{one.data}\n" for one in stream).encode()
                assert found(from_file(tmp_path / "j", lines, contract)) == plain, stream
    assert wrong >= 2, "and what is wrong is among them"
