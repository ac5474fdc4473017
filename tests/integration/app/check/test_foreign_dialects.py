"""Servers of AG-UI, of the AI SDK and of Anthropic's messages: asked as their own clients ask, and
judged."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tests.integration.app.check.faulty import Faulty, Frame, faulty
from tokentape.check.command import config_of, run
from tokentape.check.contract_choice import choose
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.check.tape_file import written
from tokentape.contract.contract import Json

Speak = Callable[[Json], Sequence[Frame]]


def ag_ui(asked: Json, **changed: Json) -> list[Frame]:
    ids = {"threadId": asked["threadId"], "runId": asked["runId"], **changed}
    message = {"messageId": "m1"}
    payloads: list[Json] = [
        {"type": "RUN_STARTED", **ids},
        {"type": "TEXT_MESSAGE_START", "role": "assistant", **message},
        {"type": "TEXT_MESSAGE_CONTENT", "delta": "Hel", **message},
        {"type": "TEXT_MESSAGE_CONTENT", "delta": "lo", **message},
        {"type": "TEXT_MESSAGE_END", **message},
        {"type": "RUN_FINISHED", **ids},
    ]
    return [Frame("", payload) for payload in payloads]


def ai_sdk_ui(_asked: Json, texts: int = 1) -> list[Frame]:
    payloads: list[Json] = [
        {"type": "start", "messageId": "m1"},
        {"type": "text-start", "id": "0"},
        *[{"type": "text-delta", "id": "0", "delta": "Hello"}] * texts,
        {"type": "text-end", "id": "0"},
        {"type": "finish", "finishReason": "stop"},
        "[DONE]",
    ]
    return [Frame("", payload) for payload in payloads]


def anthropic(_asked: Json) -> list[Frame]:
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": "m1", "role": "assistant", "content": [], "usage": usage}
    payloads: list[Json] = [
        {"type": "message_start", "message": message},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": "Hello"},
        },
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn"},
            "usage": {"output_tokens": 2},
        },
        {"type": "message_stop"},
    ]
    return [Frame(payload["type"], payload) for payload in payloads]


async def asked(
    dialect: str, speak: Speak, *, path: str = "", stays_open: bool = False, **written: Any
) -> tuple[Report, Faulty]:
    contract = choose(dialect, None)
    async with faulty(Faulty(contract, speak=speak, stays_open=stays_open)) as server:
        written = {"dialect": dialect, "order_only": True, **written}
        report = await check(config_of(url=f"{server.url}{path}", **written))
    return report, server


def kinds(report: Report) -> list[str]:
    return [one.kind for result in report.wrong for one in result.verdict.violations]


async def test_ag_ui_is_asked_as_its_client_asks() -> None:
    report, server = await asked("ag-ui", ag_ui, path="/agents/one", message="Hi", turns=2)
    assert (report.exit_code, kinds(report)) == (0, [])
    assert report.results[0].verdict.text == "Hello"
    assert report.config.address == f"{server.url}/agents/one"
    for head in server.heads:
        assert head.startswith("POST /agents/one HTTP/1.1")
        assert "\r\naccept: text/event-stream\r\n" in head.lower()
    ids: set[str] = set()
    for body in server.bodies:
        assert body["messages"][0]["role"] == "user"
        assert body["messages"][0]["content"].endswith("Hi")
        assert (body["state"], body["tools"], body["context"]) == ({}, [], [])
        assert body["forwardedProps"] == {}
        ids |= {body["threadId"], body["runId"], body["messages"][0]["id"]}
    assert len(ids) == 6, "each place of each request has an id of its own"
    assert all(UUID(one).version == 4 for one in ids)


async def test_ag_ui_run_that_was_not_asked_for_is_wrong() -> None:
    report, _ = await asked("ag-ui", lambda body: ag_ui(body, runId="mine"))
    assert kinds(report) == ["id_changed"]
    report, _ = await asked("ag-ui", lambda body: ag_ui(body, threadId="mine"))
    assert kinds(report) == ["id_changed"]


@pytest.mark.parametrize(("path", "line"), [("", "/ag-ui"), ("/", "/"), ("/a/?b=c", "/a/?b=c")])
async def test_ag_ui_address_is_the_agent_s_own(path: str, line: str) -> None:
    report, server = await asked("ag-ui", ag_ui, path=path)
    assert report.exit_code == 0
    assert server.heads[0].startswith(f"POST {line} HTTP/1.1")


async def test_tape_knows_what_its_request_named(tmp_path: Path) -> None:
    report, _ = await asked("ag-ui", ag_ui)
    (result,) = report.results
    head, *events = written(result.observation, "http://x", "Hi")
    tape = tmp_path / "t.jsonl"
    tape.write_text("".join([head, *events]))
    assert run(from_file=str(tape)) == 0
    told = json.loads(head)
    told["request"]["runId"] = "another"
    tape.write_text("".join([f"{json.dumps(told)}\n", *events]))
    assert run(from_file=str(tape)) == 1


async def test_stream_that_is_not_closed_behind_its_end_is_wrong() -> None:
    for dialect, speak in (("ag-ui", ag_ui), ("ai-sdk-ui", ai_sdk_ui)):
        report, _ = await asked(dialect, speak, stays_open=True, silence_s=1.0)
        violations = report.wrong[0].verdict.violations
        assert [(one.kind, one.about) for one in violations] == [("missing_end", "never closed")]


async def test_run_that_follows_another_is_waited_for() -> None:
    def replayed(body: Json) -> list[Frame]:
        first, *rest = ag_ui(body)
        before = ag_ui(body, runId="earlier")
        # Longer than anybody looks on behind an end that closes nothing.
        return [*before, Frame("", first.payload, wait_s=0.3), *rest]

    report, _ = await asked("ag-ui", replayed)
    assert (report.exit_code, kinds(report)) == (0, [])
    assert len(report.results[0].observation.timeline) == 12


async def test_ai_sdk_is_asked_as_its_client_asks() -> None:
    report, server = await asked("ai-sdk-ui", ai_sdk_ui, message="Hi", turns=2)
    assert (report.exit_code, kinds(report)) == (0, [])
    assert [head.split(" ")[1] for head in server.heads] == ["/api/chat"] * 2
    assert all("\r\naccept: */*\r\n" in head.lower() for head in server.heads)
    first, second = server.bodies
    assert first["trigger"] == "submit-message"
    assert first["messages"][0]["role"] == "user"
    assert first["messages"][0]["parts"][0]["text"].endswith("Hi")
    assert len({one["id"] for one in (first, second, *first["messages"], *second["messages"])}) == 4


async def test_done_of_the_ai_sdk_may_come_late_and_must_come() -> None:
    def late(body: Json) -> list[Frame]:
        return [*ai_sdk_ui(body)[:-1], Frame("", "[DONE]", wait_s=0.3)]

    report, _ = await asked("ai-sdk-ui", late)
    assert (report.exit_code, kinds(report)) == (0, [])
    report, _ = await asked("ai-sdk-ui", lambda body: ai_sdk_ui(body)[:-1])
    assert kinds(report) == ["missing_end"]


async def test_anthropic_s_messages_are_asked_for_with_the_key_under_its_own_name() -> None:
    report, server = await asked("anthropic", anthropic, token="sk-ant-secret-1")
    assert (report.exit_code, kinds(report)) == (0, [])
    head = server.heads[0].lower()
    assert head.startswith("post /v1/messages ")
    assert "\r\nx-api-key: sk-ant-secret-1\r\n" in head
    assert "\r\nauthorization:" not in head
    body = server.bodies[0]
    assert body["stream"] is True
    assert body["max_tokens"] > 0
    assert body["model"].startswith("claude-")


@pytest.mark.parametrize(
    ("speak", "dialect"), [(ag_ui, "ag-ui"), (ai_sdk_ui, "ai-sdk-ui"), (anthropic, "anthropic")]
)
async def test_server_of_another_protocol_is_named_with_its_dialect(
    speak: Speak, dialect: str
) -> None:
    ids = {"threadId": "t", "runId": "r"}
    report, _ = await asked("openai", lambda _body: speak(ids))
    violations = report.wrong[0].verdict.violations
    assert [one.about for one in violations] == ["another protocol"]
    assert violations[0].message.endswith(f": --dialect {dialect}")


async def test_server_that_names_no_run_is_stopped_by_hanging_up_and_never_cut() -> None:
    report, _ = await asked("ai-sdk-ui", lambda body: ai_sdk_ui(body, texts=6), stop=True)
    assert (report.exit_code, report.results[0].observation.hung_up) == (0, True)
    report, _ = await asked("ai-sdk-ui", ai_sdk_ui, cut_at=("1",))
    assert report.exit_code == 2
    assert "names no run" in (report.stopped_short or "")
