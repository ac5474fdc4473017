"""What the AI SDK's stream allows is right, what it forbids is named."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import Event, interleaved, judged, kinds
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI

DONE = "[DONE]"


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
    "a tool whose input is text": [
        START,
        ui("tool-input-start", toolCallId="c", toolName="look", inputEncoding="text"),
        ui("tool-input-delta", toolCallId="c", inputTextDelta="{no"),
        ui("tool-input-available", toolCallId="c", toolName="look", input="{no"),
        FINISH,
        DONE,
    ],
    "a tool whose input nobody could read": [
        START,
        *tool("c", ["{no"], {})[:-1],
        ui("tool-input-error", toolCallId="c", toolName="look", input="{no", errorText="no"),
        FINISH,
        DONE,
    ],
    "an abort amid the input of a second step": [
        START,
        STEP,
        *part("0", "a"),
        STEPPED,
        STEP,
        *tool("c", ["{"], {})[:-1],
        ui("abort"),
        DONE,
    ],
    "an approval": [
        START,
        tool("c", [], 1)[-1],
        ui("tool-approval-request", approvalId="a", toolCallId="c"),
        ui("tool-approval-response", approvalId="a", approved=True),
        OUTPUT,
        FINISH,
        DONE,
    ],
    "an output of a step before the one that is begun anew": [
        START,
        STEP,
        tool("c", [], 1)[-1],
        STEPPED,
        STEP,
        *part("0", "a")[:2],
        ui("reset-step"),
        OUTPUT,
        STEPPED,
        FINISH,
        DONE,
    ],
    "data before the start": [ui("data-weather", data=1), START, FINISH, DONE],
    "an error before the start": [ui("error", errorText="no"), DONE],
    "an error amid a text": [START, *part("0", "a")[:2], ui("error", errorText="no"), DONE],
    "an error amid a step that is closed behind it": [
        START,
        STEP,
        *part("0", "a")[:2],
        ui("error", errorText="no"),
        STEPPED,
        ui("finish", finishReason="error"),
        DONE,
    ],
    "an error amid an input, and a finish behind it": [
        START,
        *tool("c", ["{"], {})[:-1],
        ui("error", errorText="no"),
        ui("finish", finishReason="error"),
        DONE,
    ],
    "an input that nobody could read and its output": [
        START,
        ui("tool-input-error", toolCallId="c", toolName="look", input="{", errorText="no"),
        ui("tool-output-error", toolCallId="c", errorText="no"),
        FINISH,
        DONE,
    ],
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
    "a second finish": ([START, FINISH, FINISH, DONE], ["second_end"]),
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
    "an approval of nothing": (
        [START, ui("tool-approval-response", approvalId="a", approved=True), FINISH, DONE],
        ["out_of_order"],
    ),
    "an output of the step that is begun anew": (
        [START, STEP, tool("c", [], 1)[-1], ui("reset-step"), OUTPUT, STEPPED, FINISH, DONE],
        ["out_of_order"],
    ),
    "metadata of a provider that is no object": (
        [START, ui("text-start", id="0", providerMetadata={"a": 1}), part("0")[1], FINISH, DONE],
        ["field_wrong"],
    ),
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


def test_an_output_of_a_call_that_the_request_tells_is_right() -> None:
    events = [START, OUTPUT, FINISH, DONE]
    history = [{"role": "assistant", "parts": [{"type": "tool-look", "toolCallId": "c"}]}]
    assert judged(AI_SDK_UI, events, request={"messages": history}).violations == ()


RESET = ui("reset-step")
ANEW: dict[str, tuple[list[Event], str]] = {
    "amid a text": ([STEP, *part("0", "a")[:2], RESET, *part("0", "b"), STEPPED], "b"),
    "behind a text": ([STEP, *part("0", "a"), RESET, *part("1", "b"), STEPPED], "b"),
    "twice": (
        [STEP, *part("0", "a"), RESET, *part("0", "b"), RESET, *part("0", "c"), STEPPED],
        "c",
    ),
    "behind a step that stays": (
        [STEP, *part("0", "x"), STEPPED, STEP, *part("0", "a"), RESET, *part("0", "b"), STEPPED],
        "xb",
    ),
    "and nothing after it": ([STEP, *part("0", "a"), RESET, STEPPED], ""),
    "beside a text that was begun before it": (
        [*part("0", "a")[:2], STEP, *part("0", "b")[1:], *part("1", "x"), RESET, STEPPED],
        "ab",
    ),
}


@pytest.mark.parametrize("name", ANEW)
def test_text_of_a_step_that_is_begun_anew_is_no_part_of_the_answer(name: str) -> None:
    events, due = ANEW[name]
    found = judged(AI_SDK_UI, [START, *events, FINISH, DONE], text=due)
    assert (found.text, found.violations) == (due, ())


def test_a_text_that_is_lost_behind_a_reset_is_found_where_it_is_missing() -> None:
    step = [STEP, *part("0", "one ", "two"), RESET, *part("0", "one ")[:2], *part("1", "three")]
    events = [START, *step, part("0")[1], STEPPED, FINISH, DONE]
    found = judged(AI_SDK_UI, events, text="one two three")
    assert [(one.kind, one.index) for one in found.violations] == [("text_lost", 10)]


AGAIN: dict[str, list[Event]] = {
    "in the next step": [
        *(STEP, *part("0", "a"), *part("1", "b"), STEPPED),
        *(STEP, *part("0", "c"), STEPPED),
    ],
    "in the same step": [STEP, *part("0", "a"), *part("1", "b"), *part("0", "c"), STEPPED],
    "while another one goes on": [
        *(STEP, *part("0", "a")[:2], part("1")[0], part("0")[1], *part("0", "c")[:2]),
        *(*part("1", "b")[1:], part("0")[1], STEPPED),
    ],
}


@pytest.mark.parametrize("name", AGAIN)
def test_text_of_an_id_that_is_used_again_stands_where_it_was_begun(name: str) -> None:
    found = judged(AI_SDK_UI, [START, *AGAIN[name], FINISH, DONE], text="abc")
    assert (found.text, found.violations) == ("abc", ())


@pytest.mark.parametrize(
    ("spelled", "value", "same"),
    [
        ('{"x": 1}', {"x": True}, False),
        ('{"x": [false]}', {"x": [0]}, False),
        ('{"x": 1.0}', {"x": 1}, True),
        # More digits than a reader of the whole event has, and than one of its pieces.
        ('{"x": 12345678901234567890123}', {"x": 1.2345678901234568e22}, True),
        ('{"x": 12345678901234567890123}', {"x": 12345678901234567890124}, False),
        ('{"x": ' + "[" * 200 + "1" + "]" * 200 + "}", {"x": 1}, False),
    ],
)
def test_an_input_is_the_very_json_that_its_pieces_spell(
    spelled: str, value: Any, *, same: bool
) -> None:
    stream = [START, *tool("c", [spelled], value), OUTPUT, FINISH, DONE]
    verdict = judged(AI_SDK_UI, stream)
    assert kinds(verdict) == ([] if same else ["accumulated_mismatch"])
