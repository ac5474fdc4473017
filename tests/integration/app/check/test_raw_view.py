"""`--show frames`: all that came, with times, safe for a terminal, and also where nothing could be
judged."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from websockets.asyncio.server import ServerConnection, serve

from tests.integration.app.check.faulty import Faulty, faulty, framed
from tests.unit.app.check.speakers import SPEAKERS, numbered
from tokentape.check.command import config_of, run
from tokentape.check.raw_view import raw_answer
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.check.secrets import Secrets
from tokentape.check.terminal_report import print_report
from tokentape.client.raw_log import RawLog

EVIL = "\x1b[31mred\x07\u202e"


def shown(report: Report) -> str:
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    print_report(report, console)
    return console.export_text()


@asynccontextmanager
async def saying(body: bytes, head: str = "200 OK") -> AsyncIterator[str]:
    """A server that says these bytes to everybody."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        kind = "Content-Type: text/event-stream\r\nSet-Cookie: a=b\r\nConnection: close"
        writer.write(f"HTTP/1.1 {head}\r\n{kind}\r\n\r\n".encode() + body)
        await writer.drain()
        writer.write_eof()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def report_on(body: bytes, head: str = "200 OK", **options: Any) -> Report:
    async with saying(body, head) as url:
        given = {"dialect": "ai-chat", "show": "frames", **options}
        return await check(config_of(url=url, **given))


async def test_frames_are_shown_as_they_came_with_their_times() -> None:
    body = (
        b": so far\r\nid: r:0\r\ndata: {\r\n\r\n"
        + f"event: x\ndata: {EVIL}\n\n".encode()
        + b"data: bro"
    )
    told = shown(await report_on(body))
    raw = told[told.index("Answer 1, viewer 1, as it came:") :]
    assert re.search(r"^  HTTP status 200$", raw, re.MULTILINE)
    assert "set-cookie: ***" in raw
    first = r"^     0 +\d+\.\d ms  : so far\n +id: r:0\n +data: \{$"
    assert re.search(first, raw, re.MULTILINE), raw
    assert r"data: \x1b[31mred\x07\u202e" in raw
    assert re.search(r"data: bro\n +\(and no end of it\)", raw)
    assert raw.replace("\n", "").isprintable()


async def test_frames_are_shown_where_nothing_could_be_judged() -> None:
    # Right, and without text: no verdict.
    done = json.dumps({"done": True, "runId": "r", "seq": 0, "sessionId": "s"})
    report = await report_on(f"data: {done}\n\n".encode())
    assert report.exit_code == 2
    assert f"data: {done}" in shown(report)
    refused = await report_on(b'{"error": "slow down"}', "429 Too Many Requests")
    told = shown(refused)
    raw = told[told.index("Answer 1, viewer 1, as it came:") :]
    assert "HTTP status 429" in raw
    assert '{"error": "slow down"}' in raw


async def test_what_a_socket_said_before_it_hung_is_shown() -> None:
    async def open_and_say_no_more(socket: ServerConnection) -> None:
        await socket.send(f'0{{"sid":"{EVIL}"}}')
        await socket.send('44{"message":"no key"}')
        await socket.wait_closed()

    async with serve(open_and_say_no_more, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        options = {"dialect": "ai-chat", "transport": "socketio", "show": "frames"}
        report = await check(config_of(url=url, **options))
    assert (report.exit_code, report.results) == (2, ())
    told = shown(report)
    assert r'0{"sid":"\x1b[31mred\x07\u202e"}' in told
    assert '44{"message":"no key"}' in told


@pytest.mark.parametrize("key", ["ai-chat/sse", "ai-chat/socketio", "inference/websocket"])
async def test_each_viewer_s_frames_are_shown_by_each_transport(key: str) -> None:
    contract, speak = SPEAKERS[key]
    wire = framed(numbered(contract, speak(["one "], "completed")))
    async with faulty(Faulty(contract, wire)) as server:
        dialect, transport = key.split("/")
        config = config_of(
            url=server.url, dialect=dialect, transport=transport, show="frames", turns=2
        )
        report = await check(config)
    assert report.exit_code == 0
    assert [one.called for one in report.raw] == ["answer 1, viewer 1", "answer 2, viewer 1"]
    for one in report.raw:
        assert sum("one " in frame.text for frame in one.frames) >= 1
        assert all(frame.whole for frame in one.frames)
        assert all(frame.offset_ms is not None for frame in one.frames)


async def test_secrets_and_what_is_too_much_are_not_shown() -> None:
    secret = "sk-very-secret"  # one of ours
    report = await report_on(f"data: {secret}\n\n".encode(), token=secret)
    assert secret not in shown(report)
    log = RawLog("answer 1", 0, most=10)
    log.add(b"data: 1\n\n", 5_000_000)
    log.add(b"data: 2\n\n", 6_000_000)
    answer = raw_answer(log, None, Secrets(()))
    assert [frame.text for frame in answer.frames] == ["data: 1", "d"]
    assert (answer.frames[0].offset_ms, answer.lost) == (5.0, 8)


def test_recording_is_shown_too_and_other_words_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "log"
    file.write_text(f"event: x\ndata: {EVIL}\n\n")
    assert run(from_file=str(file), dialect="ai-chat", show="frames") == 1
    told = capsys.readouterr().out
    assert re.search(r"^     0   event: x\n +data: \\x1b", told, re.MULTILINE), told
    assert run(from_file=str(file), dialect="ai-chat", show="all") == 2
    assert "--show 'all': there is frames alone" in capsys.readouterr().err
