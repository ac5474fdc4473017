"""Streams that others reported publicly, as their servers wrote them (made anew, shortened): what
broke their clients is named, and what clients refused wrongly is right here."""

from typing import Any

import pytest

from tests.unit.app.contract import test_ai_sdk_ui as ui
from tests.unit.app.contract.ag_ui_streams import ERROR, call, finished, started, text
from tests.unit.app.contract.judging import Event, judged, kinds
from tests.unit.app.contract.test_anthropic import block, message, said, without
from tests.unit.app.contract.test_openai_chat import DONE, ROLE, choice, chunk
from tests.unit.app.contract.test_openai_responses import item, re, response, worded
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI


def numbered(*events: Event) -> list[Event]:
    return [{**event, "sequence_number": number} for number, event in enumerate(events)]


THOUGHT = {"id": "r", "type": "reasoning", "summary": []}
LOOK = {"id": "f", "type": "function_call", "call_id": "c", "name": "look", "arguments": "{}"}
SPOKEN = {"id": "i0", "type": "message", "content": [{"type": "output_text", "text": "Hi"}]}
CREATED = re("created", response={"id": "x"})

REPORTS: dict[str, tuple[Contract, list[Any], list[str]]] = {
    # A replay of a thread in which one run failed.
    "ag-ui-protocol/ag-ui/issues/2408": (
        AG_UI,
        [started(), ERROR, started("r2"), *text("m", "a"), finished("r2")],
        [],
    ),
    # The client takes it for whole.
    "ag-ui-protocol/ag-ui/issues/2300": (AG_UI, [started(), *text("m", "a")[:2]], ["missing_end"]),
    # What was open is told behind the end.
    "ag-ui-protocol/ag-ui/issues/2813": (
        AG_UI,
        [started(), ERROR, *call("c", "{")[:2]],
        ["event_after_end"],
    ),
    # Text goes on behind its end, once a call has come.
    "agentscope-ai/agentscope-java/issues/3071": (
        AG_UI,
        [started(), *text("m", "a"), *call("c", "{}"), text("m", "b")[1], finished()],
        ["out_of_order"],
    ),
    # Calls at once, and within a text.
    "CopilotKit/CopilotKit/issues/2684": (
        AG_UI,
        [
            started(),
            *text("m", "a")[:2],
            *call("c", "{}")[:1],
            *call("d", "{}"),
            *call("c", "{}")[1:],
            *text("m", "b")[1:],
            finished(),
        ],
        [],
    ),
    # A call that a person answers, in a run that succeeds.
    "assistant-ui/assistant-ui/issues/6500": (
        AG_UI,
        [started(), *call("c", "{}"), finished(outcome={"type": "success"})],
        [],
    ),
    # A call that nobody closes.
    "CopilotKit/CopilotKit/pull/6044": (
        AG_UI,
        [started(), *call("c", "{}")[:2], finished()],
        ["left_open"],
    ),
    "vercel/ai/issues/11700": (
        AI_SDK_UI,
        [ui.START, *ui.part("0", "no")[1:], ui.FINISH, DONE],
        ["out_of_order"],
    ),
    # Text goes on behind its end.
    "laravel/ai/issues/853": (
        AI_SDK_UI,
        [ui.START, *ui.part("0", "a"), *ui.part("0", "b")[1:], ui.FINISH, DONE],
        ["out_of_order"],
    ),
    # Each delta has an id of its own.
    "neuron-core/neuron-ai/pull/610": (
        AI_SDK_UI,
        [ui.START, ui.part("0", "a")[1], ui.part("1", "b")[1], ui.FINISH, DONE],
        ["out_of_order"],
    ),
    # The step begins before the message.
    "assistant-ui/assistant-ui/issues/4676": (
        AI_SDK_UI,
        [ui.STEP, ui.START, *ui.part("0", "a"), ui.STEPPED, ui.FINISH, DONE],
        ["out_of_order"],
    ),
    # Items that are done in another order than they began.
    "earendil-works/pi/issues/6009": (
        RESPONSES,
        numbered(
            CREATED,
            re("output_item.added", output_index=0, item=THOUGHT),
            re("output_item.added", output_index=1, item={**LOOK, "arguments": ""}),
            re("function_call_arguments.delta", output_index=1, item_id="f", delta="{}"),
            re("function_call_arguments.done", output_index=1, item_id="f", arguments="{}"),
            re("output_item.done", output_index=1, item=LOOK),
            re("output_item.done", output_index=0, item={**THOUGHT, "encrypted_content": "e"}),
            re("completed", response={"id": "x", "status": "completed", "output": [THOUGHT, LOOK]}),
        ),
        [],
    ),
    # A late item takes a number that is another's.
    "openai/openai-agents-python/issues/5041": (
        RESPONSES,
        numbered(
            CREATED,
            *item(0, "message", worded("Hi"), content=SPOKEN["content"]),
            re("output_item.added", output_index=0, item=THOUGHT),
            re("output_item.done", output_index=0, item=THOUGHT),
            re("completed", response={"id": "x", "status": "completed", "output": [SPOKEN]}),
        ),
        ["out_of_order", "id_changed"],
    ),
    # The whole has its items in another order.
    "invergent-ai/surogate/issues/175": (
        RESPONSES,
        response(
            item(0, "message", worded("Hi"), content=SPOKEN["content"]),
            item(1, "reasoning", []),
            output=[THOUGHT, SPOKEN],
        ),
        ["accumulated_mismatch"],
    ),
    "BerriAI/litellm/issues/9545": (
        RESPONSES,
        numbered(re("completed", response={"id": "x", "status": "completed", "output": []})),
        ["out_of_order"],
    ),
    # A block of a later number first.
    "anthropics/anthropic-sdk-python/pull/1145": (
        MESSAGES,
        message(said(1, "b"), said(0, "a")),
        ["out_of_order"],
    ),
    # Arguments of a call that the server runs itself.
    "anthropics/anthropic-sdk-python/pull/1380": (
        MESSAGES,
        message(
            block(
                0,
                "server_tool_use",
                ("input_json_delta", "partial_json", '{"q": '),
                ("input_json_delta", "partial_json", "1}"),
                id="s",
                name="web_search",
                input={},
            ),
            said(1, "Hi"),
        ),
        [],
    ),
    # A thought of which only the signature is told.
    "anomalyco/opencode/pull/38733": (
        MESSAGES,
        message(
            block(0, "thinking", ("signature_delta", "signature", "s"), thinking=""), said(1, "Hi")
        ),
        [],
    ),
    "anomalyco/opencode/pull/38733 (cut)": (MESSAGES, message(said(0, "Hi"))[:-1], ["missing_end"]),
    # Blocks before the message.
    "Alishahryar1/free-claude-code/pull/1718": (
        MESSAGES,
        [*said(0, "a"), *without(message(), 1)],
        ["out_of_order"],
    ),
    # Arguments within a text.
    "traceloop/openllmetry/pull/4079": (
        MESSAGES,
        message(block(0, "text", ("input_json_delta", "partial_json", "{}"), text="")),
        ["out_of_order"],
    ),
    "openai/openai-node/issues/1292": (
        CHAT,
        [chunk(choice(ROLE)), chunk(choice({"content": "Hi"})), DONE],
        ["missing_end"],
    ),
    # The number of the token in place of the choice's.
    "huggingface/text-generation-inference/pull/1648": (
        CHAT,
        [
            chunk(choice({**ROLE, "content": "I"}, 0)),
            chunk(choice({**ROLE, "content": "'"}, 1)),
            chunk(choice({**ROLE, "content": "m"}, 2, "length")),
            DONE,
        ],
        ["out_of_order", "left_open"],
    ),
}
"""Place on GitHub → what came, and what is wrong with it."""


@pytest.mark.parametrize("place", REPORTS)
def test_what_others_reported_is_judged_as_it_turned_out(place: str) -> None:
    contract, events, due = REPORTS[place]
    events = [dict(one) if isinstance(one, dict) else one for one in events]
    verdict = judged(contract, events, request={})
    found = [*dict.fromkeys(kinds(verdict))]
    assert found == due, verdict.violations
