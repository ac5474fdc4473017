"""What goes wrong is named as what it is, with what to do; the servers answer in a raw way."""

import gzip
import io
import json
import zlib
from collections.abc import Sequence
from dataclasses import replace

import pytest
from rich.console import Console

from tests.integration.app.client.raw import HEAD, Hang, Reset, Script, raw
from tests.unit.docs.published import misfits
from tokentape.check.advice import ON_CAUSES
from tokentape.check.config import CheckConfig
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.report_json import to_json
from tokentape.check.runner import check
from tokentape.check.terminal_report import print_report
from tokentape.contract.openai import CHAT
from tokentape.contract.violations import CAUSES

CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m"}
SILENCE_S = 1.0


def frame(delta: dict[str, object], finish: object = None, **more: object) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish, **more}
    return b"data: " + json.dumps({**CHUNK, "choices": [choice]}).encode() + b"\n\n"


ROLE, HEL, LO = (
    frame({"role": "assistant", "content": ""}),
    frame({"content": "Hel"}),
    frame({"content": "lo"}),
)
STOP, DONE = frame({}, "stop"), b"data: [DONE]\n\n"
WHOLE = ROLE + HEL + LO + STOP + DONE
JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


def head(status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


async def reported(script: Script, **changes: object) -> Report:
    async with raw(script) as server:
        wanted = read_config(url=f"{server.url}/v1", contract=CHAT, silence_s=SILENCE_S)
        return await check(replace(wanted, linger_s=0.0, **changes))  # type: ignore[arg-type] # its own fields


def lines_of(report: Report) -> str:
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    print_report(report, console)
    return console.export_text()


def found(report: Report) -> list[tuple[str, int, str]]:
    return [
        (violation.kind, violation.index, violation.about)
        for finding in report.results
        for violation in finding.verdict.violations
    ]


def gzipped(body: bytes) -> bytes:
    return head(Content_Type="text/event-stream", Content_Encoding="gzip") + gzip.compress(body)


ERROR = b'{"error": {"message": "no worker is free", "code": 503}}'
ANSWER = json.dumps({"object": "chat.completion", "choices": [{"message": {"content": "Hello"}}]})
LINES = b'{"model":"m","message":{"content":"Hel"}}\n{"model":"m","message":{"content":"lo"}}\n'

NAMED: dict[str, tuple[Script, tuple[str, int, str], str]] = {
    "gzip": ([gzipped(WHOLE)], ("wrong_content_type", 0, "compressed"), "Content-Encoding is gzip"),
    "deflate": (
        [head(Content_Type="text/event-stream", Content_Encoding="deflate") + zlib.compress(WHOLE)],
        ("wrong_content_type", 0, "compressed"),
        "Content-Encoding is deflate",
    ),
    "gzip that no header names": (
        [HEAD + gzip.compress(WHOLE)],
        ("wrong_content_type", 0, "compressed"),
        "the body is compressed (gzip)",
    ),
    "brotli": (
        [head(Content_Type="text/event-stream", Content_Encoding="br") + b"\x8b\x02\x80Hello\x03"],
        ("wrong_content_type", 0, "compressed"),
        "the body is compressed (br)",
    ),
    "a redirect": (
        [head("307 Temporary Redirect", Location="https://elsewhere.example/v1?key=abc")],
        ("refused", 0, "redirect"),
        "it redirects to https://elsewhere.example/v1?…",
    ),
    "a redirect to nowhere": (
        [head("302 Found")], ("refused", 0, "redirect"), "it redirects to nowhere"
    ),
    "no content": ([head("204 No Content")], ("refused", 0, ""), "there is no stream"),
    "a JSON error with status 200": (
        [JSON + ERROR], ("refused", 0, "json error"), "503: no worker is free"
    ),
    "one that says it is a stream": (
        [HEAD + ERROR], ("refused", 0, "json error"), "503: no worker is free"
    ),
    "a text as the error": (
        [JSON + b'{"error": "model \'m-1\' not found"}'],
        ("refused", 0, "json error"),
        "model 'm-1' not found",
    ),
    "a JSON error with status 400": (
        [head("400 Bad Request") + b'{"error": "model \'m-1\' not found"}'],
        ("refused", 0, "not understood"),
        "400 HTTP_400: model 'm-1' not found",
    ),
    "FastAPI's words": (
        [head("422 Unprocessable") + b'{"detail": [{"loc": ["body"], "msg": "Field required"}]}'],
        ("refused", 0, "not understood"),
        "Field required",
    ),
    "no such place": ([head("404 Not Found")], ("refused", 0, "wrong place"), "404"),
    "who are you": ([head("401 Unauthorized")], ("refused", 0, "no access"), "401"),
    "too many": ([head("429 Too Many")], ("refused", 0, "limited"), "429"),
    "a proxy's page": (
        [head("502 Bad Gateway") + b"<html><head><title>502 Bad Gateway</title></head></html>"],
        ("refused", 0, "server failed"),
        "an HTML page, 502 Bad Gateway",
    ),
    "a page with status 200": (
        [head(Content_Type="text/html") + b"<!doctype html><title>Sign in</title>"],
        ("wrong_content_type", 0, "html page"),
        "'Sign in'",
    ),
    "an answer that is not streamed": (
        [JSON + ANSWER.encode()], ("wrong_content_type", 0, "not streamed"), "a whole answer"
    ),
    "lines of JSON": ([JSON + LINES], ("wrong_content_type", 0, "lines of JSON"), "lines of JSON"),
    "an empty body": ([HEAD], ("missing_end", 0, "empty"), "an empty body"),
    "comments alone": ([HEAD + b": ping\n\n" * 3], ("missing_end", 0, "empty"), "only comments"),
    "silence behind the head": ([HEAD, Hang()], ("missing_end", 0, "silent"), "silent for 1 s"),
    "silence amid the answer": (
        [HEAD + ROLE + HEL, Hang()],
        ("missing_end", 2, "silent"),
        "the connection stayed open",
    ),
    "silence in place of the end": (
        [HEAD + ROLE + HEL + LO + STOP, Hang()],
        ("missing_end", 4, "silent"),
        "the connection stayed open",
    ),
    "an end without its empty line": (
        [HEAD + ROLE + HEL + LO + STOP + b"data: [DONE]\n"],
        ("missing_end", 4, "unfinished"),
        "'data: [DONE]'",
    ),
    "a cut within an event": (
        [HEAD + ROLE + HEL + LO[:20]], ("missing_end", 2, "unfinished"), "within an event"
    ),
    "a reset": (
        [HEAD + ROLE + HEL, Reset()], ("missing_end", 2, "lost"), "the connection was reset"
    ),
    "chunks that nobody counted": (
        [head(Content_Type="text/event-stream", Transfer_Encoding="chunked") + WHOLE],
        ("missing_end", 0, "lost"),
        "the stream ended without a terminal event",
    ),
    "UTF-16": (
        [HEAD + WHOLE.decode().encode("utf-16")], ("wrong_content_type", 0, "not UTF-8"), "UTF-16"
    ),
    "line breaks that are none": (
        [HEAD + WHOLE.replace(b"\n\n", rb"\n\n")],
        ("missing_end", 0, "unfinished"),
        r"the two characters \n",
    ),
    "a traceback amid the answer": (
        [HEAD + ROLE + HEL + b"Traceback (most recent call last):\nRuntimeError: no memory\n"],
        ("missing_end", 2, ""),
        "'Traceback (most recent call last):'",
    ),
    "Anthropic's messages": (
        [HEAD + b'event: message_start\ndata: {"type": "message_start"}\n\n' * 3],
        ("out_of_order", 0, "another protocol"),
        "Anthropic's messages",
    ),
    "responses": (
        [HEAD + b'event: response.created\ndata: {"type": "response.created"}\n\n' * 3],
        ("out_of_order", 0, "another protocol"),
        "--dialect openai-responses",
    ),
    "older completions": (
        [HEAD + WHOLE.replace(b"chat.completion.chunk", b"text_completion")],
        ("out_of_order", 0, "another protocol"),
        "OpenAI's older completions",
    ),
    "an error in a line that is no field": (
        [HEAD + ROLE + HEL + b'error: {"code": 500}\n\n' + STOP + DONE],
        ("malformed_frame", 2, "error field"),
        "error: {",
    ),
    "an error that nothing frames": (
        [HEAD + ROLE + HEL, ERROR + b"\n\n" + STOP + DONE],
        ("malformed_frame", 2, "error field"),
        "no worker is free",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", NAMED)
async def test_what_went_wrong_is_named_as_what_it_is_and_nothing_else_is(case: str) -> None:
    script, due, words = NAMED[case]
    report = await reported(script)
    assert found(report) == [due]
    told = " ".join(lines_of(report).split())
    assert words in report.results[0].verdict.violations[0].message
    if due[2]:
        assert " ".join(ON_CAUSES[due[2]].mend.split()) in told  # type: ignore[index] # one of the closed set
    assert misfits("check-report.json", json.loads(json.dumps(to_json(report)))) == []


def test_every_cause_has_its_advice() -> None:
    assert set(ON_CAUSES) == {cause for cause in CAUSES if cause}


async def test_compressed_answer_is_read_all_the_same() -> None:
    report = await reported([gzipped(WHOLE)], expect="Hello")
    assert report.results[0].verdict.text == "Hello"
    asked = await reported([gzipped(WHOLE)], expect="Hello", headers={"accept-encoding": "gzip"})
    assert (found(asked), asked.exit_code) == ([], 0)


async def test_a_body_that_only_says_it_is_compressed_is_read_as_it_is() -> None:
    plain = head(Content_Type="text/event-stream", Content_Encoding="gzip") + WHOLE
    report = await reported([plain], expect="Hello")
    assert found(report) == [("wrong_content_type", 0, "compressed")]


async def test_what_is_small_on_the_wire_and_huge_unpacked_is_bounded() -> None:
    bomb = gzip.compress(b": " + b"x" * 40_000_000)
    script: Script = [head(Content_Type="text/event-stream", Content_Encoding="gzip") + bomb]
    report = await reported(script)
    assert found(report) == [("wrong_content_type", 0, "compressed")]
    assert sum(
        one.message.count("an event of more than") for one in report.results[0].observation.noticed
    )


MISSED: dict[str, tuple[bytes, list[tuple[str, int, str]]]] = {
    "an error as the reason": (ROLE + HEL + frame({}, "error") + DONE, [("failed", 2, "")]),
    "a broken network": (ROLE + HEL + frame({}, "network_error") + DONE, [("failed", 2, "")]),
    "no resources": (
        ROLE + HEL + frame({}, "insufficient_system_resource") + DONE, [("failed", 2, "")]
    ),
    "an abort": (ROLE + HEL + frame({"content": "lo"}, "abort") + DONE, [("failed", 2, "")]),
    "a word that nobody knows": (ROLE + HEL + frame({}, "eos") + DONE, [("failed", 2, "")]),
    "a number": (ROLE + HEL + frame({}, 1) + DONE, [("failed", 2, "")]),
    "an error in the choice": (
        ROLE + HEL + frame({}, "stop", error={"code": 502, "message": "gone"}) + DONE,
        [("failed", 2, "")],
    ),
    "an error with a numbered code": (
        ROLE + b'data: {"error": {"code": 502, "message": "gone"}}\n\n' + DONE,
        [("failed", 1, "")],
    ),
    "vLLM's older error": (
        ROLE + b'data: {"object": "error", "message": "gone", "code": 400}\n\n' + DONE,
        [("failed", 1, "")],
    ),
    "the word null": (
        ROLE + frame({"content": "Hello"}, "null") + DONE,
        [("out_of_order", 1, "never"), ("missing_end", 2, "")],
    ),
    "the word null, and then an end": (
        ROLE + frame({"content": "Hello"}, "null") + STOP + DONE, [("out_of_order", 1, "never")]
    ),
    "bytes that are no UTF-8": (
        ROLE + HEL + LO.replace(b"lo", b"l\xff") + STOP + DONE,
        [("malformed_frame", 2, "not UTF-8")],
    ),
    "half a character of UTF-8": (
        ROLE + HEL + LO.replace(b"lo", b"l\xe2\x82") + STOP + DONE,
        [("malformed_frame", 2, "not UTF-8")],
    ),
    "half a character of UTF-16": (
        ROLE + HEL + LO.replace(b"lo", rb"\ud83d") + STOP + DONE, [("malformed_frame", 2, "")]
    ),
    "a quoted end": (
        ROLE + HEL + STOP + b'data: "[DONE]"\n\n',
        [("malformed_frame", 3, "end mark"), ("missing_end", 4, "")],
    ),
    "an end with a blank behind it": (
        ROLE + HEL + STOP + b"data: [DONE] \n\n",
        [("malformed_frame", 3, "end mark"), ("missing_end", 4, "")],
    ),
    "text that is no text": (
        ROLE + HEL + frame({"content": 5}) + STOP + DONE, [("malformed_frame", 2, "no text")]
    ),
    "a list of parts": (
        ROLE + frame({"content": [{"type": "text", "text": "Hel"}]}) + LO + STOP + DONE,
        [("malformed_frame", 1, "no text")],
    ),
    "text so far in place of what is new": (
        ROLE + b"".join(frame({"content": "The night sky"[:n]}) for n in (3, 9, 13)) + STOP + DONE,
        [("text_repeated", 2, "")],
    ),
    "an end in other letters": (
        ROLE + HEL + STOP + b"data: [done]\n\n",
        [("malformed_frame", 3, "end mark"), ("missing_end", 4, "")],
    ),
    "FastAPI's error amid the answer": (
        ROLE + HEL + b'data: {"detail": "gone"}\n\n' + DONE, [("failed", 2, "")]
    ),
    "MiniMax's error": (
        b'data: {"base_resp": {"status_code": 1004, "status_msg": "no"}}\n\n' + DONE,
        [("failed", 0, "")],
    ),
    "an error, and text behind it": (
        ROLE + b'data: {"error": "gone"}\n\n' + HEL + STOP + DONE,
        [
            ("failed", 1, ""),
            ("event_after_end", 2, ""),
            ("event_after_end", 3, ""),
        ],
    ),
    "two choices": (
        ROLE + HEL + b"data: " + json.dumps(
            {**CHUNK, "choices": [{"index": 0, "delta": {"content": "l"}}] * 2}
        ).encode() + b"\n\n" + STOP + DONE,
        [("out_of_order", 2, "never")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MISSED)
async def test_what_no_client_can_take_for_a_whole_answer_is_never_right(case: str) -> None:
    body, due = MISSED[case]
    report = await reported([HEAD + body])
    assert (found(report), report.exit_code) == (due, 1)


async def test_an_error_is_told_in_the_servers_words() -> None:
    body = ROLE + b'data: {"error": {"code": 502, "message": "upstream is gone"}}\n\n'
    (violation,) = (await reported([HEAD + body])).results[0].verdict.violations
    assert "with code 502" in violation.message
    assert "The server says: upstream is gone" in violation.message
    (violation,) = (
        (await reported([HEAD + ROLE + frame({}, "abort") + DONE])).results[0].verdict.violations
    )
    assert "finish_reason 'abort' is none of OpenAI's" in violation.message


FILTER = {
    "choices": [],
    "created": 0,
    "id": "",
    "model": "",
    "object": "",
    "prompt_filter_results": [],
}
MADE_WRONG: dict[str, tuple[bytes, str]] = {
    "Python's dicts": (b"data: {'id': 'c'}\n\n", "Python's way to write a dict"),
    "Python's bytes": (b"data: b'{}'\n\n", "Python's way to write bytes"),
    "framed twice": (b"data: data: {}\n\n", "the frame was framed twice"),
    "serialised twice": (b'data: "{}"\n\n', "it was serialised twice"),
    "one line break": (b"data: {}\ndata: {}\n\n", "an empty line is missing between them"),
    "half a character": (rb'data: {"a": "\ud83d"}' + b"\n\n", "half a character"),
    "not UTF-8": (b'data: {"a": "caf\xe9"}\n\n', "near '{\"a\": \"caf\ufffd\"}'"),
    "message for delta": (
        frame({}).replace(b'"delta"', b'"message"'),
        "like delta, but it has no choices.0.delta",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", MADE_WRONG)
async def test_a_frame_that_was_made_wrong_is_told_by_how(case: str) -> None:
    sent, words = MADE_WRONG[case]
    report = await reported([HEAD + ROLE + sent + HEL + STOP + DONE])
    (violation,) = report.results[0].verdict.violations
    assert violation.index == 1
    assert words in violation.message


SOUND: dict[str, bytes] = {
    "text that begins alike": ROLE + frame({"content": "ha"}) * 3 + STOP + DONE,
    "MiniMax's word that all is well": (
        ROLE + HEL.replace(b'"id"', b'"base_resp": {"status_code": 0}, "id"') + STOP + DONE
    ),
    "Azure's first chunk": b"data: " + json.dumps(FILTER).encode() + b"\n\n" + WHOLE,
    "empty names amid the answer": ROLE + HEL.replace(b'"id": "c"', b'"id": ""') + STOP + DONE,
    "empty reasons": ROLE + frame({"content": "Hello"}, "") + STOP + DONE,
    "an error that is null": ROLE + frame({"content": "Hello"}, None, error=None) + STOP + DONE,
    "a reasoning": ROLE + frame({"content": None, "reasoning_content": "hm"}) + HEL + STOP + DONE,
    "fields that no event has": b"foo: bar\n" + ROLE + HEL + STOP + DONE,
    "a character over two reads": ROLE + frame({"content": "€"}) + STOP + DONE,
}  # fmt: skip


@pytest.mark.parametrize("case", SOUND)
async def test_what_every_client_reads_whole_is_no_alarm(case: str) -> None:
    assert found(await reported([HEAD, *halves(SOUND[case])])) == []


def halves(body: bytes) -> Sequence[bytes]:
    middle = body.find("€".encode()) + 1 or len(body) // 2
    return body[:middle], body[middle:]


@pytest.mark.parametrize("case", ["a JSON error with status 200", "gzip that no header names"])
async def test_where_nothing_could_be_judged_what_came_is_shown(case: str) -> None:
    report = await reported(NAMED[case][0])
    told = lines_of(report)
    assert "What came:" in told
    assert "| HTTP status 200" in told
    assert told.replace("\n", "").isprintable()
    assert all(len(line) <= 80 for line in told.splitlines())
    came = to_json(report)["findings"][0]["came"]
    assert came[0] == "HTTP status 200"


async def test_what_is_shown_is_bounded_and_without_secrets() -> None:
    body = (
        b'{"note": "you sent sk-abc0123456789 and mine-secret", "pad": "' + b"x" * 1_000_000 + b'"}'
    )
    script: Script = [head(Content_Type="application/json", Set_Cookie="session=abc") + body]
    report = await reported(script, token="mine-secret")
    told = lines_of(report) + json.dumps(to_json(report))
    assert len(told) < 20_000
    assert "you sent *** and ***" in told
    assert "set-cookie: ***" in told
    assert "mine-secret" not in told


async def test_an_answer_without_text_is_shown_as_it_came() -> None:
    report = await reported([HEAD + ROLE + STOP + DONE])
    assert report.exit_code == 2
    told = lines_of(report)
    assert "No answer had any text" in told
    assert '| data: {"id": "c"' in told


UNANSWERED: dict[str, tuple[Script, str]] = {
    "silence": ([Hang()], "no answer in time (the connection is open, and silent)"),
    "a closed door": ([b""], "the server closed the connection without an answer"),
    "another protocol": ([b"SSH-2.0-OpenSSH_9.2\r\n\r\n"], "what answers is no HTTP"),
    "TLS": (
        [b"\x15\x03\x01\x00\x02\x02\x0a"],
        "what answers is no HTTP but bytes, as TLS does: try https://",
    ),
}


@pytest.mark.parametrize("case", UNANSWERED)
async def test_who_takes_the_connection_and_says_nothing_is_told_of_as_that(case: str) -> None:
    script, words = UNANSWERED[case]
    report = await reported(script)
    assert report.exit_code == 2
    assert words in (report.stopped_short or "")
    assert "Is the server running" not in (report.stopped_short or "")


def test_wanted_shows_no_secret() -> None:
    wanted = CheckConfig(
        url="http://x", contract=CHAT, token="tok-1", headers={"a": "hdr-1"}, secrets=("s-1",)
    )
    assert not [one for one in ("tok-1", "hdr-1", "s-1") if one in repr(wanted)]
