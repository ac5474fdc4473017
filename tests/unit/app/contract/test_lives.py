"""Contracts with lives: what AG-UI, the AI SDK's stream, Anthropic's and Responses allow, and what
they do not."""

from typing import Any

import pytest

from tokentape.contract import Contract, Expectation, Verdict, judge
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.openai_responses import RESPONSES
from tokentape.contract.timeline import see
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI

Event = dict[str, Any]
DONE = "[DONE]"


def judged(contract: Contract, events: list[Any], **expected: Any) -> Verdict:
    timeline = []
    for number, event in enumerate(events):
        name = event.pop("event:", "") if isinstance(event, dict) else ""
        timeline.append(see(contract, name, event, at_ns=number * 1_000_000, read=number))
    return judge(contract, timeline, 0, Expectation(**expected))


def kinds(verdict: Verdict) -> list[str]:
    return [broken.kind for broken in verdict.violations]


def ag(kind: str, **fields: Any) -> Event:
    return {"type": kind, **fields}


def started(run: str = "r1", thread: str = "t1") -> Event:
    return ag("RUN_STARTED", threadId=thread, runId=run)


def finished(run: str = "r1", thread: str = "t1", **more: Any) -> Event:
    return ag("RUN_FINISHED", threadId=thread, runId=run, **more)


def text(key: str, *deltas: str) -> list[Event]:
    return [
        ag("TEXT_MESSAGE_START", messageId=key, role="assistant"),
        *(ag("TEXT_MESSAGE_CONTENT", messageId=key, delta=delta) for delta in deltas),
        ag("TEXT_MESSAGE_END", messageId=key),
    ]


def call(key: str, *deltas: str, name: str = "look") -> list[Event]:
    return [
        ag("TOOL_CALL_START", toolCallId=key, toolCallName=name),
        *(ag("TOOL_CALL_ARGS", toolCallId=key, delta=delta) for delta in deltas),
        ag("TOOL_CALL_END", toolCallId=key),
    ]


def interleaved(*streams: list[Event]) -> list[Event]:
    left, found = [list(stream) for stream in streams], []
    while any(left):
        found += [stream.pop(0) for stream in left if stream]
    return found


ERROR = ag("RUN_ERROR", message="it broke")
LAWFUL: dict[str, list[Any]] = {
    "a text": [started(), *text("m", "Hel", "lo"), finished()],
    "an empty delta": [started(), *text("m", ""), finished()],
    "nothing said": [started(), finished()],
    "interleaved": [
        started(),
        *interleaved(text("a", "1", "2"), text("b", "3"), call("c", "{", "}"), call("d", "[1]")),
        finished(),
    ],
    "opened again": [started(), *text("m", "a"), *text("n", "b"), *text("m", "c"), finished()],
    "an error amid a text": [started(), *text("m", "a")[:2], ERROR],
    "an error at once": [ERROR],
    "a late error": [started(), finished(), ERROR],
    "two runs": [started(), *text("m", "a"), finished(), started("r2"), finished("r2")],
    "a run after an error": [started(), ERROR, started("r2"), finished("r2")],
    "a step of each owner": [
        started(),
        ag("STEP_STARTED", stepName="s"),
        ag("STEP_STARTED", stepName="s", subagentRunId="x"),
        ag("STEP_FINISHED", stepName="s"),
        ag("STEP_FINISHED", stepName="s", subagentRunId="x"),
        finished(),
    ],
    "a span and its message of one id": [
        started(),
        ag("REASONING_START", messageId="m"),
        ag("REASONING_MESSAGE_START", messageId="m", role="reasoning"),
        ag("REASONING_MESSAGE_CONTENT", messageId="m", delta="hm"),
        ag("REASONING_MESSAGE_END", messageId="m"),
        ag("REASONING_END", messageId="m"),
        finished(),
    ],
    "chunks": [
        started(),
        ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"),
        ag("TEXT_MESSAGE_CHUNK", delta="b"),
        finished(),
    ],
    "an unknown event": [started(), ag("FRESH", x=1), finished()],
    "an interrupt": [
        started(),
        finished(outcome={"type": "interrupt", "interrupts": [{"id": "i", "reason": "ask"}]}),
    ],
    "a result": [
        started(),
        *call("c", "{}"),
        ag("TOOL_CALL_RESULT", messageId="m", toolCallId="c", content="4"),
        finished(),
    ],
}
WRONG: dict[str, tuple[list[Any], list[str]]] = {
    "text before the start": (
        [*text("m", "a"), started(), finished()],
        ["out_of_order", "missing_end"],
    ),
    "content before its start": ([started(), *text("m", "a")[1:], finished()], ["out_of_order"]),
    "content after its end": (
        [started(), *text("m", "a"), text("m", "b")[1], finished()],
        ["out_of_order"],
    ),
    "opened twice": (
        [started(), text("m")[0], *text("m", "a"), finished()],
        ["out_of_order"],
    ),
    "left open": ([started(), *text("m", "a")[:2], finished()], ["left_open"]),
    "a call left open": ([started(), *call("c", "{}")[:2], finished()], ["left_open"]),
    "left open by a cancelled run": (
        [started(), *text("m", "a")[:2], finished(outcome={"type": "cancelled"})],
        ["left_open"],
    ),
    "a lone end of a step": (
        [started(), ag("STEP_FINISHED", stepName="s"), finished()],
        ["out_of_order"],
    ),
    "an end of another's step": (
        [
            started(),
            ag("STEP_STARTED", stepName="s"),
            ag("STEP_FINISHED", stepName="s", subagentRunId="x"),
            finished(),
        ],
        ["out_of_order", "left_open"],
    ),
    "a second end": ([started(), finished(), finished()], ["second_end"]),
    "text after the end": ([started(), finished(), *text("m", "a")], ["event_after_end"]),
    "a run within a run": ([started(), started("r2"), finished("r2")], ["missing_end"]),
    "cut": ([started(), *text("m", "a")], ["missing_end"]),
    "an empty body": ([], ["missing_end"]),
    "a field missing": (
        [started(), ag("TOOL_CALL_START", toolCallId="c"), *call("c")[1:], finished()],
        ["field_wrong"],
    ),
    "a field of another type": (
        [
            started(),
            text("m")[0],
            ag("TEXT_MESSAGE_CONTENT", messageId="m", delta=4),
            ag("TEXT_MESSAGE_END", messageId="m"),
            finished(),
        ],
        ["field_wrong"],
    ),
    "null for an optional": (
        [started(), ag("TEXT_MESSAGE_START", messageId="m", role=None), *text("m")[1:], finished()],
        ["field_wrong"],
    ),
    "a tool's role on a text": (
        [
            started(),
            ag("TEXT_MESSAGE_START", messageId="m", role="tool"),
            *text("m")[1:],
            finished(),
        ],
        ["field_wrong"],
    ),
    "an interrupt without interrupts": (
        [started(), finished(outcome={"type": "interrupt", "interrupts": []})],
        ["field_wrong"],
    ),
    "a first chunk without its id": (
        [started(), ag("TEXT_MESSAGE_CHUNK", delta="a"), finished()],
        ["field_wrong"],
    ),
    "arguments that are no JSON": (
        [started(), *call("c", "{", '"a"'), finished()],
        ["not_json"],
    ),
    "another run's end": ([started(), finished("r2")], ["id_changed"]),
    "another thread's end": ([started(), finished(thread="t2")], ["id_changed"]),
    "another thread": (
        [started(), finished(), started("r2", "t2"), finished("r2", "t2")],
        ["id_changed"],
    ),
    "a tool that is called otherwise": (
        [started(), *call("c", "{}"), call("c", name="find")[0], *call("c")[1:], finished()],
        ["id_changed"],
    ),
    "a done mark": ([started(), finished(), DONE], ["event_after_end"]),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_what_ag_ui_allows_is_right(name: str) -> None:
    verdict = judged(AG_UI, LAWFUL[name])
    assert verdict.violations == ()
    assert verdict.outcome == ("failed" if "error at" in name or "amid" in name else "completed")


@pytest.mark.parametrize("name", WRONG)
def test_what_ag_ui_forbids_is_named(name: str) -> None:
    events, due = WRONG[name]
    assert [*dict.fromkeys(kinds(judged(AG_UI, events)))] == due


def test_texts_that_come_at_once_are_put_together_one_after_the_other() -> None:
    events = [started(), *interleaved(text("a", "Hel", "lo "), text("b", "wor", "ld")), finished()]
    verdict = judged(AG_UI, events, text="Hello world")
    assert (verdict.text, verdict.violations) == ("Hello world", ())


def test_the_run_that_was_asked_for_is_the_one_that_is_told() -> None:
    events = [
        started("old"),
        *text("m", "before"),
        finished("old"),
        started("mine"),
        *text("n", "now"),
        finished("mine"),
    ]
    request = {"runId": "mine", "threadId": "t1"}
    verdict = judged(AG_UI, events, text="now", request=request)
    assert (verdict.text, verdict.violations) == ("now", ())
    other = judged(AG_UI, [started(), finished()], request={"runId": "mine"})
    assert kinds(other) == ["id_changed"]


def ui(kind: str, **fields: Any) -> Event:
    return {"type": kind, **fields}


def part(key: str, *deltas: str, kind: str = "text") -> list[Event]:
    return [
        ui(f"{kind}-start", id=key),
        *(ui(f"{kind}-delta", id=key, delta=delta) for delta in deltas),
        ui(f"{kind}-end", id=key),
    ]


def tool(key: str, spelled: list[str], value: Any) -> list[Event]:
    return [
        ui("tool-input-start", toolCallId=key, toolName="look"),
        *(ui("tool-input-delta", toolCallId=key, inputTextDelta=one) for one in spelled),
        ui("tool-input-available", toolCallId=key, toolName="look", input=value),
    ]


START, FINISH = ui("start"), ui("finish", finishReason="stop")
STEP, STEPPED = ui("start-step"), ui("finish-step")
OUTPUT = ui("tool-output-available", toolCallId="c", output=4)
UI_LAWFUL: dict[str, list[Any]] = {
    "a text": [START, STEP, *part("0", "Hel", "lo"), STEPPED, FINISH, DONE],
    "without steps": [START, *part("0", "a"), FINISH, DONE],
    "an id used in each step": [
        START,
        STEP,
        *part("0", "a"),
        STEPPED,
        STEP,
        *part("0", "b"),
        STEPPED,
        FINISH,
        DONE,
    ],
    "reasoning beside a text": [
        START,
        *interleaved(part("0", "hm", kind="reasoning"), part("0", "a", "b")),
        FINISH,
        DONE,
    ],
    "a tool": [START, *tool("c", ['{"x":', "1}"], {"x": 1}), OUTPUT, FINISH, DONE],
    "a tool whose output comes later": [START, *tool("c", ["{}"], {}), FINISH, DONE],
    "a tool that is known at once": [START, tool("c", [], 1)[-1], FINISH, DONE],
    "a preliminary output": [
        START,
        *tool("c", [], {}),
        {**OUTPUT, "preliminary": True},
        OUTPUT,
        FINISH,
        DONE,
    ],
    "data before the start": [ui("data-weather", data=1), START, FINISH, DONE],
    "an error before the start": [ui("error", errorText="no"), DONE],
    "an error amid a text": [START, *part("0", "a")[:2], ui("error", errorText="no"), DONE],
    "an abort amid a text": [START, *part("0", "a")[:2], ui("abort"), DONE],
    "a step that is begun anew": [
        START,
        STEP,
        *part("0", "a")[:2],
        ui("reset-step"),
        *part("0", "b"),
        STEPPED,
        FINISH,
        DONE,
    ],
}
UI_WRONG: dict[str, tuple[list[Any], list[str]]] = {
    "no start": ([*part("0", "a"), FINISH, DONE], ["out_of_order"]),
    "no finish": ([START, *part("0", "a"), DONE], ["out_of_order"]),
    "no done": ([START, FINISH], ["missing_end"]),
    "left open": ([START, *part("0", "a")[:2], FINISH, DONE], ["left_open"]),
    "left open over a step": (
        [START, STEP, part("0", "a")[0], STEPPED, FINISH, DONE],
        ["left_open"],
    ),
    "opened twice": ([START, part("0")[0], *part("0", "a"), FINISH, DONE], ["out_of_order"]),
    "a delta without its start": ([START, *part("0", "a")[1:], FINISH, DONE], ["out_of_order"]),
    "a second start": ([START, START, FINISH, DONE], ["out_of_order"]),
    "a step within a step": ([START, STEP, STEP, STEPPED, FINISH, DONE], ["out_of_order"]),
    "an unknown type": ([START, ui("weather", data=1), FINISH, DONE], ["out_of_order"]),
    "after the end": ([START, FINISH, DONE, START], ["event_after_end"]),
    "a finish reason of the other spelling": (
        [START, ui("finish", finishReason="tool_calls"), DONE],
        ["field_wrong"],
    ),
    "input that is another value": (
        [START, *tool("c", ['{"x":1}'], {"x": 2}), FINISH, DONE],
        ["accumulated_mismatch"],
    ),
    "input that is no JSON": ([START, *tool("c", ['{"x":'], {}), FINISH, DONE], ["not_json"]),
    "output twice": ([START, *tool("c", [], {}), OUTPUT, OUTPUT, FINISH, DONE], ["out_of_order"]),
    "output of an unknown call": ([START, OUTPUT, FINISH, DONE], ["out_of_order"]),
    "a delta of version 4": (
        [START, part("0")[0], ui("text-delta", id="0", textDelta="a"), part("0")[1], FINISH, DONE],
        ["field_wrong"],
    ),
}


@pytest.mark.parametrize("name", UI_LAWFUL)
def test_what_the_ai_sdk_allows_is_right(name: str) -> None:
    assert judged(AI_SDK_UI, UI_LAWFUL[name]).violations == ()


@pytest.mark.parametrize("name", UI_WRONG)
def test_what_the_ai_sdk_s_stream_forbids_is_named(name: str) -> None:
    events, due = UI_WRONG[name]
    assert [*dict.fromkeys(kinds(judged(AI_SDK_UI, events)))] == due


def an(kind: str, **fields: Any) -> Event:
    return {"event:": kind, "type": kind, **fields}


def block(index: int, kind: str, *deltas: tuple[str, str, str], **more: Any) -> list[Event]:
    return [
        an("content_block_start", index=index, content_block={"type": kind, **more}),
        *(
            an("content_block_delta", index=index, delta={"type": name, field: value})
            for name, field, value in deltas
        ),
        an("content_block_stop", index=index),
    ]


def said(index: int, *words: str) -> list[Event]:
    return block(index, "text", *(("text_delta", "text", word) for word in words), text="")


def used(index: int, *pieces: str) -> list[Event]:
    deltas = (("input_json_delta", "partial_json", piece) for piece in pieces)
    return block(index, "tool_use", *deltas, id=f"t{index}", name="look", input={})


def message(*blocks: list[Event], reason: str = "end_turn", tokens: int = 9) -> list[Event]:
    usage = {"input_tokens": 3, "output_tokens": 1}
    first = {"id": "m", "role": "assistant", "content": [], "usage": usage}
    return [
        an("message_start", message=first),
        an("ping"),
        *(event for one in blocks for event in one),
        an("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": tokens}),
        an("message_stop"),
    ]


def without(events: list[Event], place: int) -> list[Event]:
    return [*events[:place], *events[place + 1 :]]


def test_what_anthropic_s_messages_allow_is_right() -> None:
    thought = block(
        0, "thinking", ("thinking_delta", "thinking", "hm"), ("signature_delta", "signature", "s")
    )
    for events in (
        message(said(0, "Hel", "lo")),
        message(said(0, "a"), used(1, '{"x":', "1}"), reason="tool_use"),
        message(thought, said(1, "a")),
        message(used(0, '{"x":'), reason="max_tokens"),
        [
            *message(said(0, "a"))[:4],
            an("error", error={"type": "overloaded_error", "message": "x"}),
        ],
        [*message(said(0, "a"))[:2], an("fresh_event"), *message(said(0, "a"))[2:]],
    ):
        assert judged(MESSAGES, events).violations == ()


@pytest.mark.parametrize(
    ("events", "due"),
    [
        (message(said(1, "a")), ["out_of_order"]),
        (message(said(0, "a"), said(2, "b")), ["out_of_order"]),
        (message(used(0, '{"x":'), reason="tool_use"), ["not_json"]),
        (message(used(0, "[1]"), reason="tool_use"), ["not_json"]),
        (message(said(0, "a"))[:-1], ["missing_end"]),
        (without(message(said(0, "a")), 2), ["out_of_order"]),
        (message(interleaved(said(0, "a"), said(1, "b"))), ["out_of_order"]),
        (message(said(0, "a"), reason="enough"), ["field_wrong"]),
    ],
)
def test_what_anthropic_s_messages_forbid_is_named(events: list[Event], due: list[str]) -> None:
    assert [*dict.fromkeys(kinds(judged(MESSAGES, events)))] == due


def test_a_frame_without_its_event_s_name_is_wrong_where_unknown_ones_pass() -> None:
    events = message(said(0, "a"))
    del events[3]["event:"]
    verdict = judged(MESSAGES, events)
    assert kinds(verdict) == ["out_of_order"]
    assert "text-delta" in verdict.violations[0].message


def test_a_count_that_falls_is_named() -> None:
    events = message(said(0, "a"))
    more = an("message_delta", delta={}, usage={"output_tokens": 4})
    assert kinds(judged(MESSAGES, [*events[:-1], more, events[-1]])) == ["counter_fell"]


def re(kind: str, **fields: Any) -> Event:
    return {"type": kind if kind == "error" else f"response.{kind}", **fields}


def item(index: int, inner: list[Event], **made: Any) -> list[Event]:
    return [
        re("output_item.added", output_index=index, item={"id": f"i{index}", "type": "x"}),
        *({**one, "output_index": index, "item_id": f"i{index}"} for one in inner),
        re("output_item.done", output_index=index, item={"id": f"i{index}", "type": "x", **made}),
    ]


def worded(*texts: str) -> list[Event]:
    """An item with a part for each text, whose pieces are its words."""
    found = []
    for place, whole in enumerate(texts):
        content = {"content_index": place}
        found += [
            re("content_part.added", part={"type": "output_text", "text": ""}, **content),
            *(re("output_text.delta", delta=word, **content) for word in whole.split("|")),
            re("output_text.done", text=whole.replace("|", ""), **content),
            re(
                "content_part.done",
                part={"type": "output_text", "text": whole.replace("|", "")},
                **content,
            ),
        ]
    return found


def content_of(*texts: str) -> list[Event]:
    return [{"type": "output_text", "text": whole.replace("|", "")} for whole in texts]


def arguments(*pieces: str) -> list[Event]:
    return [
        *(re("function_call_arguments.delta", delta=piece) for piece in pieces),
        re("function_call_arguments.done", arguments="".join(pieces)),
    ]


def response(*items: list[Event], end: str = "completed", output: Any = None) -> list[Event]:
    events = [
        re("created", response={"id": "r"}),
        re("in_progress", response={"id": "r"}),
        *(event for one in items for event in one),
        re(end, response={"id": "r", "status": end, "output": output or []}),
    ]
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


TWO = ("Hel|lo ", "wor|ld")
MESSAGE = item(0, worded(*TWO), content=content_of(*TWO))
CALL = item(1, arguments('{"x":', "1}"), arguments='{"x":1}')
THOUGHT = item(
    0,
    [
        re("reasoning_summary_part.added", summary_index=0, part={}),
        re("reasoning_summary_text.delta", summary_index=0, delta="hm"),
        re("reasoning_summary_text.done", summary_index=0, text="hm"),
        re("reasoning_summary_part.done", summary_index=0, part={"text": "hm"}),
        re("reasoning_text.delta", content_index=0, delta="so"),
        re("reasoning_text.done", content_index=0, text="so"),
    ],
)
BROKEN = item(0, arguments('{"x":'), arguments='{"x":')
OUTPUT_OF_TWO = [{"content": content_of(*TWO)}, {"arguments": '{"x":1}'}]


def test_responses_may_have_parts_items_calls_and_thoughts() -> None:
    events = response(MESSAGE, CALL, output=OUTPUT_OF_TWO)
    verdict = judged(RESPONSES, events, text="Hello world")
    assert (verdict.text, verdict.violations) == ("Hello world", ())
    for lawful in (
        response(),
        response(THOUGHT),
        response([{**one, "item_id": "i0"} for one in MESSAGE[:4]], end="incomplete"),
        response(MESSAGE[:4], end="failed"),
        response(
            [re("web_search_call.searching", output_index=0)][:0],
            [*MESSAGE],
            output=[{"content": content_of(*TWO)}],
        ),
        response([{"type": "keepalive"}]),
        response(
            item(0, [*worded("a"), re("web_search_call.searching")], content=content_of("a")),
            output=[{"content": content_of("a")}],
        ),
    ):
        assert judged(RESPONSES, lawful).violations == ()


@pytest.mark.parametrize(
    ("events", "due"),
    [
        (response(MESSAGE[:-1], output=OUTPUT_OF_TWO), ["left_open"]),
        (response(MESSAGE[:4] + MESSAGE[-1:], output=OUTPUT_OF_TWO), ["left_open"]),
        (response(CALL, output=[{}, {"arguments": '{"x":1}'}]), ["out_of_order"]),
        (response(MESSAGE[1:], output=OUTPUT_OF_TWO), ["out_of_order"]),
        (response(item(0, worded("a"), content=content_of("b"))), ["accumulated_mismatch"]),
        (response(MESSAGE, output=[{"content": content_of("b", "c")}]), ["accumulated_mismatch"]),
        (response(BROKEN, output=[{"arguments": '{"x":'}]), ["not_json"]),
        (response([re("fresh")]), ["out_of_order"]),
        (response(MESSAGE, output=OUTPUT_OF_TWO)[:-1], ["missing_end"]),
    ],
)
def test_what_responses_forbid_is_named(events: list[Event], due: list[str]) -> None:
    assert [*dict.fromkeys(kinds(judged(RESPONSES, events)))] == due
