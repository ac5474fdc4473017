"""What Responses allow is right, what they forbid is named."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import Event, judged, kinds
from tokentape.contract.openai_responses import RESPONSES


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
