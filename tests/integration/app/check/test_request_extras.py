"""Headers and parameters of one's own, addresses with a query or a user, Azure's: they go where
they belong, and into no report or recording."""

import io
import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner
from websockets.asyncio.server import ServerConnection, serve

from tests.integration.app.check.faulty import Faulty, faulty, framed
from tests.integration.app.client.raw import HEAD, raw
from tests.integration.mock_openai.conftest import Served, served
from tests.unit.app.check.speakers import SPEAKERS, numbered
from tokentape.check.junit_report import to_junit
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.report_json import to_json
from tokentape.check.runner import check
from tokentape.check.terminal_report import print_report
from tokentape.cli import cli
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES
from tokentape.dialects.contracts import CONTRACTS

__all__ = ["served"]

SECRETS = (
    "header-secret",
    "query-secret",
    "more-secret",
    "pass word/&",
    "url-secret",
    "tok-secret",
)
EXTRAS: dict[str, Any] = {
    "headers": ("X-Tenant: header-secret",),
    "query": ("key=query-secret", "n=more-secret"),
}


def everything(report: Report) -> str:
    """All that a report can be."""
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    print_report(report, console)
    told = json.dumps(to_json(report), ensure_ascii=False)
    return "\n".join([console.export_text(), told, to_junit(report), repr(report)])


async def heads_of(
    contract: Contract, url: str = "{}", **asked: object
) -> tuple[list[str], Report]:
    """The heads of what a right server was asked by a check, and the report."""
    speak = SPEAKERS[contract.key][1]
    server = Faulty(
        contract, framed(numbered(contract, speak(["a ", "b"], "completed"))), ["a ", "b"]
    )
    async with faulty(server):
        address = url.format(server.url.removeprefix("http://"))
        address = address if "://" in address else f"http://{address}"
        written: dict[str, Any] = {"contract": contract, "silence_s": 5.0, **asked}
        report = await check(read_config(url=address, **written))
    return server.heads, report


@pytest.mark.parametrize("key", [key for key, one in SPEAKERS.items() if one[0].transport == "sse"])
async def test_headers_and_query_go_with_each_request_over_http(key: str) -> None:
    contract = SPEAKERS[key][0]
    cuts = (1,) if contract.resume is not None and contract.seq and "." not in contract.seq else ()
    heads, report = await heads_of(contract, cut_at=tuple(map(str, cuts)), **EXTRAS)
    assert report.results
    assert len(heads) == 1 + len(contract.before) + len(report.results[0].observation.cuts)
    for head in heads:
        assert "x-tenant: header-secret" in head.lower()
        line = head.splitlines()[0]
        assert "key=query-secret&n=more-secret" in line
    assert not [secret for secret in SECRETS if secret in everything(report)]


@pytest.mark.parametrize("key", ["ai-gateway/socketio", "inference/websocket"])
async def test_headers_and_query_go_with_a_sockets_handshake(key: str) -> None:
    contract = CONTRACTS[key]
    asked: list[tuple[str, str | None, str | None]] = []

    async def handler(socket: ServerConnection) -> None:
        request = socket.request
        assert request is not None
        headers = request.headers
        asked.append((request.path, headers.get("X-Tenant"), headers.get("Host")))
        await socket.close(1008, "not with query-secret")

    async with serve(handler, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        config = read_config(
            url=f"http://user:url-secret@127.0.0.1:{port}/?at=more-secret",
            contract=contract,
            headers=("X-Tenant: header-secret", "Host: tenant.example"),
            query=("key=query-secret",),
            token="tok-secret",
        )
        report = await check(config)
    ((path, tenant, host),) = asked
    assert "at=more-secret" in path
    assert "key=query-secret" in path
    assert (tenant, host) == ("header-secret", "tenant.example")
    assert not [secret for secret in SECRETS if secret in everything(report)]


async def test_a_user_and_a_password_in_the_address_are_basic_authorization() -> None:
    heads, report = await heads_of(CHAT, "http://me:pass%20word%2F%26@{}/base?key=url-secret#part")
    (head,) = heads
    assert head.startswith("POST /base/chat/completions?key=url-secret HTTP/1.1\r\n")
    basic = b64encode(b"me:pass word/&").decode()
    assert f"authorization: Basic {basic}" in head.replace("Authorization", "authorization")
    assert "Bearer" not in head
    told = everything(report)
    assert not [one for one in (*SECRETS, basic, "me:", "pass%20") if one in told]
    assert "/base?key=***" in told


async def test_the_whole_address_of_the_endpoint_may_be_given() -> None:
    for end in ("/v1", "/v1/", "/v1/chat/completions", "/v1/chat/completions/"):
        heads, _ = await heads_of(CHAT, "{}" + end)
        assert heads[0].startswith("POST /v1/chat/completions HTTP/1.1\r\n"), end


async def test_a_header_of_ones_own_stands_for_ours() -> None:
    heads, _ = await heads_of(CHAT, headers=("authorization: Own x", "accept: text/html"))
    small = heads[0].lower()
    assert (small.count("authorization:"), small.count("accept:")) == (1, 1)
    assert "authorization: own x" in small
    assert "accept: text/html" in small


AZURE = "{}/openai/deployments/gpt-4o"


async def test_azures_addresses_are_checked_with_azures_own_key(served: Served) -> None:
    for url in (
        f"{served.root}/openai/deployments/gpt-4o?api-version=2024-10-21",
        f"{served.root}/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21",
        f"{served.root}/openai/v1",
    ):
        config = read_config(
            url=url, contract=CHAT, token="tok-secret", turns=2, mock_url=served.root,
            message="How? [[mock: tokens=9 first=1ms gap=1ms]]",
        )  # fmt: skip
        report = await check(config)
        assert (report.exit_code, report.stopped_short) == (0, None), everything(report)
        assert "tok-secret" not in everything(report)
        if "?" in url:
            assert "api-version=2024-10-21" in everything(report)
            assert report.results[0].observation.timeline[0].kind == "filter"


async def test_azure_is_shown_a_key_as_azure_wants_it() -> None:
    jwt = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.x"
    for token, named in (
        ("tok-secret", "api-key: tok-secret"),
        (jwt, f"authorization: bearer {jwt}"),
    ):
        heads, _ = await heads_of(CHAT, AZURE, query=("api-version=1",), token=token)
        assert named.lower() in heads[0].lower()
        assert heads[0].lower().count("api-key:") + heads[0].lower().count("authorization:") == 1
        assert "/chat/completions?api-version=1 " in heads[0]


@pytest.mark.parametrize(
    ("url", "more", "sent"),
    [
        ("http://x/v1", {}, "openai-env"),
        ("http://x/openai/deployments/a?api-version=1", {}, "azure-env"),
        ("http://x/v1", {"token": "own"}, "own"),
        ("http://x/v1", {"headers": ("X-Api-Key: own",)}, None),
        ("http://x/v1", {"headers": ("Authorization: own",)}, None),
        ("http://me:own@x/v1", {}, None),
    ],
)
def test_a_key_of_the_environment_goes_to_nobody_who_is_shown_another(
    url: str, more: dict[str, Any], sent: str | None
) -> None:
    keys = {"OPENAI_API_KEY": "openai-env", "AZURE_OPENAI_API_KEY": "azure-env"}
    wanted = read_config(keys, url=url, contract=CHAT, **more)
    assert (wanted.token or wanted.headers.get("api-key")) == sent
    shown = [wanted.token, *wanted.headers.values()]
    assert not [one for one in keys.values() if one in shown and one != sent]


async def test_what_a_server_repeats_of_a_secret_is_in_no_report() -> None:
    body = (
        b'data: {"error": {"message": "bad header-secret, query%2Dsecret and more-secret",'
        b' "code": "query-secret"}}\n\n'
    )
    async with raw([HEAD + body]) as server:
        report = await check(read_config(url=server.url, contract=CHAT, **EXTRAS))
    assert report.exit_code == 1
    assert not [secret for secret in SECRETS if secret in everything(report)]
    assert "bad ***" in everything(report)


def test_the_command_takes_them_and_a_recording_has_none_of_them(
    served: Served, tmp_path: Path
) -> None:
    tape, scenario = tmp_path / "answer.jsonl", tmp_path / "seen.yaml"
    url = f"{served.root}/openai/deployments/gpt-4o".replace("://", "://me:url-secret@")
    ran = CliRunner().invoke(
        cli,
        ["record", url, "--dialect", "openai", "--header", "api-key: header-secret", "--query",
         "api-version=2024-10-21", "--query", "key=query-secret", "--out", str(tape),
         "--scenario", str(scenario), "--message", "hi [[mock: tokens=5 first=1ms gap=1ms]]"],
    )  # fmt: skip
    assert ran.exit_code == 0, ran.output
    written = tape.read_text() + scenario.read_text() + ran.output
    assert not [secret for secret in SECRETS if secret in written]
    assert "?api-version=2024-10-21&key=***" in tape.read_text()
    again = CliRunner().invoke(cli, ["check", str(tape)])
    assert again.exit_code == 0, again.output
    with_header = CliRunner().invoke(cli, ["check", str(tape), "--header", "a: b"])
    assert with_header.exit_code == 2
    assert "leave --header out" in " ".join(with_header.output.split())


def test_where_no_event_came_the_recorder_shows_what_did(tmp_path: Path) -> None:
    import asyncio
    import threading

    ready, over = threading.Event(), threading.Event()
    urls: list[str] = []

    async def serve_one() -> None:
        script = [b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"error": "no header-secret"}']
        async with raw(script) as server:
            urls.append(server.url)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve_one()))
    thread.start()
    ready.wait()
    try:
        ran = CliRunner().invoke(
            cli,
            ["record", urls[0], "--dialect", "openai", "--header", "X-K: header-secret",
             "--out", str(tmp_path / "a.jsonl")],
        )  # fmt: skip
    finally:
        over.set()
        thread.join()
    assert ran.exit_code == 2
    assert "an error in JSON with status 200, and no stream: no ***" in " ".join(ran.output.split())
    assert "What came:" in ran.output
    assert "header-secret" not in ran.output


def test_responses_take_their_own_path_off_an_address() -> None:
    assert read_config(url="http://x/v1/responses", contract=RESPONSES).url == "http://x/v1"
    assert read_config(url="http://x/v1/responses", contract=CHAT).url == "http://x/v1/responses"
