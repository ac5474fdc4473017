"""What the servers of strangers do otherwise: forms and cookies, lines of JSON, events without
data, an end by close, several places for text, handshakes of their own, greetings."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
import socketio
import uvicorn
import yaml
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection, serve

from tokentape.check.command import config_of, run
from tokentape.check.record_command import record
from tokentape.check.record_config import RecordConfig
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.contract.contract import Json

PIECES = ("one ", "two ", "three")
TEXT = "".join(PIECES)
Wire = Sequence[bytes]


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off"))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


def contract(**spelled: Json) -> dict[str, Json]:
    return {
        "dialect": "theirs",
        "transport": "sse",
        "start": {"method": "POST", "path": "/chat", "body": {"question": "$message"}},
        "kinds": [
            {"name": "piece", "has": ["piece"], "text": "piece"},
            {"name": "over", "where": {"over": True}, "end": "completed"},
        ],
        "order": {"opened": {"piece": "opened", "over": "closed"}, "closed": None},
        "run": None,
        "seq": None,
        **spelled,
    }


SSE = [f'data: {{"piece": "{piece}"}}\n\n'.encode() for piece in PIECES]
OVER = b'data: {"over": true}\n\n'


async def report_on(app: Any, spelled: Mapping[str, Json], folder: Path, **options: Any) -> Report:
    file = folder / "theirs.yaml"
    file.write_text(yaml.safe_dump(dict(spelled), sort_keys=False))
    async with served(app) as url:
        given = {"contract_file": file, "expect": TEXT, "order_only": True, **options}
        return await check(config_of(url=url, **given))


def kinds(report: Report) -> list[str]:
    return [one.kind for result in report.wrong for one in result.verdict.violations]


def streaming(
    wire: Wire, media_type: str = "text/event-stream", seen: list[Request] | None = None
) -> Starlette:
    async def chat(request: Request) -> Response:
        await request.body()
        if seen is not None:
            seen.append(request)

        async def body() -> AsyncIterator[bytes]:
            for part in wire:
                yield part

        return StreamingResponse(body(), media_type=media_type)

    return Starlette(routes=[Route("/chat", chat, methods=["GET", "POST"])])


async def test_login_by_a_form_and_a_cookie_from_then_on(tmp_path: Path) -> None:
    logins: list[Mapping[str, list[str]]] = []
    cookies: list[str | None] = []

    async def login(request: Request) -> Response:
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"
        logins.append(parse_qs((await request.body()).decode()))
        answer = RedirectResponse("/", 303)
        answer.set_cookie("session", "s-1", httponly=True)
        answer.set_cookie("theme", "dark", path="/page")
        return answer

    async def chat(request: Request) -> Response:
        cookies.append(request.headers.get("cookie"))
        fields = parse_qs((await request.body()).decode())
        if "session=s-1" not in (cookies[-1] or "") or not fields["question"][0].endswith("Hi"):
            return JSONResponse({"error": "who are you?"}, 401)
        return StreamingResponse(iter([*SSE, OVER]), media_type="text/event-stream")

    app = Starlette(
        routes=[
            Route("/login", login, methods=["POST"]),
            Route("/chat", chat, methods=["POST"]),
        ]
    )
    form = {"user": "$user", "password": "$token", "options": {"stay": True}}
    spelled = contract(
        before=[{"method": "POST", "path": "/login", "form": form}],
        start={"method": "POST", "path": "/chat", "form": {"question": "$message"}},
    )
    report = await report_on(app, spelled, tmp_path, token="let-me-in", message="Hi")
    assert (report.exit_code, kinds(report)) == (0, [])
    assert logins == [
        {"user": ["anonymous"], "password": ["let-me-in"], "options": ['{"stay":true}']}
    ]
    assert cookies == ["session=s-1"]


NDJSON = [*(f'{{"piece": "{piece}"}}\n'.encode() for piece in PIECES), b'{"over": true}\n']


async def test_lines_of_json_are_a_stream_where_the_contract_says_so(tmp_path: Path) -> None:
    lines = contract(framing="ndjson")
    requests: list[Request] = []
    app = streaming(NDJSON, "application/x-ndjson", requests)
    assert (await report_on(app, lines, tmp_path)).exit_code == 0
    assert requests[0].headers["accept"].startswith("application/x-ndjson")
    # Cut amid its last line: never whole.
    cut = await report_on(
        streaming([*NDJSON[:3], b'{"ov'], "application/x-ndjson"), lines, tmp_path
    )
    assert kinds(cut) == ["missing_end"]
    assert "broke off within an event" in cut.wrong[0].verdict.violations[0].message
    broken = await report_on(streaming([NDJSON[0], b"{'piece'\n", *NDJSON[1:]]), lines, tmp_path)
    assert kinds(broken) == ["malformed_frame"]
    unsaid = await report_on(app, contract(), tmp_path)
    assert [one.about for one in unsaid.wrong[0].verdict.violations] == ["lines of JSON"]


async def test_event_without_data_may_be_the_end(tmp_path: Path) -> None:
    order = {"opened": {"piece": "opened", "end": "closed"}, "closed": None}
    spelled = contract(
        bare_events=True,
        kinds=[
            {"name": "piece", "event": "data", "text": "piece"},
            {"name": "end", "event": "end", "end": "completed"},
        ],
        order=order,
    )
    wire = [b"event: data\n" + each for each in SSE]
    ended = streaming([*wire, b"event: end\n\n"])
    assert (await report_on(ended, spelled, tmp_path)).exit_code == 0
    assert kinds(await report_on(streaming(wire), spelled, tmp_path)) == ["missing_end"]
    assert kinds(await report_on(ended, {**spelled, "bare_events": False}, tmp_path)) == [
        "missing_end"
    ]


CLOSING = contract(
    kinds=[
        {"name": "piece", "has": ["piece"], "text": "piece"},
        {"name": "closed", "close": True, "end": "completed"},
    ],
    order={"opened": {"piece": "opened", "closed": "over"}, "over": None},
)


async def test_close_may_be_the_end_and_a_cut_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = await report_on(streaming(SSE), CLOSING, tmp_path)
    assert (report.exit_code, report.results[0].verdict.outcome) == (0, "completed")
    broken_off = await report_on(streaming([*SSE, b"data: {"]), CLOSING, tmp_path)
    assert kinds(broken_off) == ["missing_end"]

    async def lose(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for each in SSE:
            await send({"type": "http.response.body", "body": each, "more_body": True})
        # Without the last chunk: uvicorn cuts the connection.

    lost = await report_on(lose, CLOSING, tmp_path)
    assert [(one.kind, one.about) for one in lost.wrong[0].verdict.violations] == [
        ("missing_end", "lost")
    ]
    # Of a file nobody knows whether it was the server that ended there.
    log = tmp_path / "log"
    log.write_bytes(b"".join(SSE))
    assert run(from_file=str(log), contract_file=tmp_path / "theirs.yaml", expect=TEXT) == 3
    assert "the file may be over before the stream was" in " ".join(capsys.readouterr().out.split())


async def test_text_may_stand_in_one_of_several_places(tmp_path: Path) -> None:
    spelled = contract(
        kinds=[
            {"name": "piece", "one_of": {"type": ["a", "b"]}, "text": "piece|delta.text|content.0"},
            {"name": "over", "where": {"over": True}, "end": "completed"},
        ]
    )
    payloads: list[Json] = [
        {"type": "a", "piece": PIECES[0]},
        {"type": "b", "piece": None, "delta": {"text": PIECES[1]}},
        {"type": "a", "piece": 7, "content": [PIECES[2]]},
    ]
    wire = [f"data: {json.dumps(payload)}\n\n".encode() for payload in payloads]
    assert (await report_on(streaming([*wire, OVER]), spelled, tmp_path)).exit_code == 0


async def test_events_that_belong_to_no_answer_are_passed_over(tmp_path: Path) -> None:
    wire = [SSE[0], b"event: ping\ndata: {}\n\n", *SSE[1:], OVER]
    assert (await report_on(streaming(wire), contract(ignored=["ping"]), tmp_path)).exit_code == 0
    assert kinds(await report_on(streaming(wire), contract(), tmp_path)) == ["out_of_order"]


FAILING = contract(
    kinds=[
        {"name": "piece", "has": ["piece"], "text": "piece"},
        {"name": "error", "has": ["error"], "end": "failed"},
        {"name": "over", "where": {"over": True}, "end": "completed"},
    ],
    order={"opened": {"piece": "opened", "error": "closed", "over": "closed"}, "closed": None},
)


async def test_what_follows_a_failure_is_wrong_unless_it_is_declared(tmp_path: Path) -> None:
    failed = streaming([*SSE, b'data: {"error": "gone"}\n\n', OVER])
    report = await report_on(failed, FAILING, tmp_path)
    assert kinds(report) == ["failed", "second_end"]
    declared = {
        **FAILING,
        "order": {
            "opened": {"piece": "opened", "error": "failed", "over": "closed"},
            "failed": {"over": "closed"},
            "closed": None,
        },
        "may_stop_in": ["failed"],
    }
    report = await report_on(failed, declared, tmp_path)
    assert (report.exit_code, kinds(report)) == (1, ["failed"]), "and a failure is no success"


SOCKET = {
    "transport": "socketio",
    "start": {"event": "ask", "payload": {"text": "$message", "thread": "$thread"}},
    "kinds": [
        {"name": "piece", "event": "piece", "text": "piece"},
        {"name": "over", "event": "over", "end": "completed"},
    ],
}


def speaking(seen: dict[str, Json]) -> Any:
    """A Socket.IO server as Chainlit's is: below a path of its own, with more in `auth` than a
    token, and a greeting before the question."""
    server = socketio.AsyncServer(async_mode="asgi")

    async def connect(sid: str, environ: Mapping[str, Any], auth: Json) -> None:
        seen["auth"], seen["query"] = auth, environ["QUERY_STRING"]
        seen["headers"] = {
            name: environ.get(f"HTTP_{name.upper()}") for name in ("cookie", "x_client")
        }
        seen.pop("greeted", None)

    async def greet(sid: str, payload: Json) -> Json:
        seen["greeted"] = payload
        # As Chainlit says of each new client: nothing is under way.
        await server.emit("over", {}, to=sid)
        await server.emit("welcome", {}, to=sid)
        return {"thread": {"id": "t-1"}}

    async def ask(sid: str, payload: Json) -> None:
        seen["asked"] = payload
        for piece in PIECES if "greeted" in seen else ():
            await server.emit("piece", {"piece": piece}, to=sid)
        await server.emit("over", {}, to=sid)

    for handler in (connect, greet, ask):
        server.on(handler.__name__, handler)

    async def login(_request: Request) -> Response:
        answer = JSONResponse({"key": "k-1"})
        answer.set_cookie("session", "s-1")
        return answer

    pages = Starlette(routes=[Route("/login", login, methods=["POST"])])
    return socketio.ASGIApp(server, pages, socketio_path="/ws/socket.io")


async def test_handshake_and_greeting_are_as_the_contract_has_them(tmp_path: Path) -> None:
    seen: dict[str, Json] = {}
    spelled = contract(
        **SOCKET,
        before=[{"method": "POST", "path": "/login", "take": {"key": "key"}}],
        handshake={
            "path": "/ws/socket.io/",
            "query": {"key": "$key", "gone": "$run"},
            "headers": {"X-Client": "web $user"},
        },
        auth={"token": "$token", "session": "$uuid", "model": "$model", "fixed": [1, "a"]},
        emits_before=[
            {
                "event": "greet",
                "payload": {"key": "$key"},
                "take": {"thread": "thread.id"},
                "waits_for": "welcome",
            }
        ],
        ignored=["welcome"],
    )
    report = await report_on(speaking(seen), spelled, tmp_path, token="t-1", model="m-1")
    assert (report.exit_code, kinds(report)) == (0, [])
    auth = seen["auth"]
    assert (auth["token"], auth["model"], auth["fixed"]) == ("t-1", "m-1", [1, "a"])
    assert len(auth["session"]) == 36
    assert "key=k-1" in seen["query"]
    assert "gone" not in seen["query"]
    assert seen["headers"] == {"cookie": "session=s-1", "x_client": "web anonymous"}
    assert seen["greeted"] == {"key": "k-1"}
    assert seen["asked"]["thread"] == "t-1"


async def test_greeting_that_nobody_answers_is_no_answer(tmp_path: Path) -> None:
    greet: dict[str, Any] = {"event": "greet", "payload": {}}
    for greeting, told, silence_s in (
        ({**greet, "waits_for": "wellcome"}, "no 'wellcome' came after it", 1.0),
        ({**greet, "take": {"thread": "id"}}, "has no id", 60.0),
    ):
        spelled = contract(
            **SOCKET, handshake={"path": "/ws/socket.io/"}, emits_before=[greeting],
            before=[{"method": "POST", "path": "/login", "take": {"thread": "key"}}],
        )  # fmt: skip
        report = await report_on(speaking({}), spelled, tmp_path, silence_s=silence_s)
        assert report.exit_code == 2
        assert told in (report.stopped_short or "")


async def test_header_and_query_of_a_caller_go_with_every_request_and_handshake(
    tmp_path: Path,
) -> None:
    seen: dict[str, Json] = {}
    spelled = contract(
        **{**SOCKET, "start": {"event": "ask", "payload": {"text": "$message"}}},
        handshake={
            "path": "/ws/socket.io/",
            "headers": {"X-Client": "theirs"},
            "query": {"a": "1"},
        },
        emits_before=[{"event": "greet", "payload": {}, "waits_for": "welcome"}],
        ignored=["welcome"],
    )
    report = await report_on(
        speaking(seen), spelled, tmp_path, headers=("x-client: mine",), query=("b=2",)
    )
    assert (report.exit_code, kinds(report)) == (0, [])
    assert seen["headers"]["x_client"] == "mine"
    assert "a=1&b=2" in seen["query"]
    requests: list[Request] = []
    start = {
        "method": "GET",
        "path": "/chat?x=0",
        "query": {"a": "1"},
        "headers": {"X-Client": "t"},
    }
    app = streaming([*SSE, OVER], seen=requests)
    await report_on(
        app, contract(start=start), tmp_path, headers=("x-client: mine",), query=("b=2",)
    )
    assert requests[0].url.query == "x=0&a=1&b=2"
    assert requests[0].headers["x-client"] == "mine"


async def test_first_frame_of_a_plain_websocket_is_all_of_auth(tmp_path: Path) -> None:
    frames: list[Json] = []

    async def answer(connection: ServerConnection) -> None:
        async for message in connection:
            frames.append(json.loads(message))
            if frames[-1]["event"] == "ask":
                for piece in PIECES:
                    await connection.send(json.dumps({"event": "piece", "data": {"piece": piece}}))
                await connection.send(json.dumps({"event": "over", "data": {}}))

    file = tmp_path / "theirs.yaml"
    start = {"event": "ask", "payload": {"text": "$message"}}
    spelled = contract(
        **{**SOCKET, "transport": "websocket", "start": start},
        namespace="/socket",
        auth={"user": "$user", "model": "$model"},
    )
    file.write_text(yaml.safe_dump(spelled))
    async with serve(answer, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        report = await check(config_of(url=url, contract_file=file, model="m-1", order_only=True))
    assert report.exit_code == 0
    assert frames[0] == {"event": "auth", "data": {"user": "anonymous", "model": "m-1"}}


async def test_tape_keeps_the_close_that_was_the_end(tmp_path: Path) -> None:
    file, tape = tmp_path / "theirs.yaml", tmp_path / "tape.jsonl"
    file.write_text(yaml.safe_dump(CLOSING, sort_keys=False))
    for wire, code in ((SSE, 0), ([*SSE, b"data: {"], 1)):
        async with served(streaming(wire)) as url:
            asked = {"url": url, "contract_file": file}
            assert await asyncio.to_thread(record, RecordConfig(out=tape), **asked) == 0
        judged = {"expect": TEXT, "order_only": True}
        assert await asyncio.to_thread(run, url=str(tape), **judged) == code
        assert await asyncio.to_thread(run, from_file=str(tape), **judged) == code
