"""What Responses allow is right, what they forbid is named."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import Event, judged, kinds
from tokentape.contract.openai_responses import RESPONSES


def re(kind: str, **fields: Any) -> Event:
    return {"type": kind if kind == "error" else f"response.{kind}", **fields}


FIRST: dict[str, Event] = {
    "message": {"content": []},
    "function_call": {"call_id": "c", "name": "look", "arguments": ""},
    "reasoning": {"summary": []},
    "web_search_call": {},
}
"""What an item of each type begins as."""


def item(index: int, kind: str, inner: list[Event], **made: Any) -> list[Event]:
    first = {"id": f"i{index}", "type": kind, **FIRST[kind]}
    return [
        re("output_item.added", output_index=index, item=first),
        *({**one, "output_index": index, "item_id": f"i{index}"} for one in inner),
        re("output_item.done", output_index=index, item={**first, **made}),
    ]


def beginning(events: list[Event], **made: Any) -> list[Event]:
    """An item that has more when it is opened."""
    first, *rest = events
    return [{**first, "item": {**first["item"], **made}}, *rest]


def said(text: str) -> Event:
    return {"type": "output_text", "text": text, "annotations": []}


def worded(*texts: str) -> list[Event]:
    """An item with a part for each text, whose pieces are its words."""
    found = []
    for place, whole in enumerate(texts):
        content = {"content_index": place}
        found += [
            re("content_part.added", part=said(""), **content),
            *(re("output_text.delta", delta=word, **content) for word in whole.split("|")),
            re("output_text.done", text=whole.replace("|", ""), **content),
            re("content_part.done", part=said(whole.replace("|", "")), **content),
        ]
    return found


def content_of(*texts: str) -> list[Event]:
    return [said(whole.replace("|", "")) for whole in texts]


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
MESSAGE = item(0, "message", worded(*TWO), content=content_of(*TWO))
CALL_ALONE = item(0, "function_call", arguments("{}"), arguments="{}")
CALL = item(1, "function_call", arguments('{"x":', "1}"), arguments='{"x":1}')
SUMMED, THINKING = {"text": "hm"}, {"type": "reasoning_text", "text": "so"}
THOUGHT = item(
    0,
    "reasoning",
    [
        re("reasoning_summary_part.added", summary_index=0, part={"text": ""}),
        re("reasoning_summary_text.delta", summary_index=0, delta="hm"),
        re("reasoning_summary_text.done", summary_index=0, text="hm"),
        re("reasoning_summary_part.done", summary_index=0, part=SUMMED),
        re("content_part.added", content_index=0, part={**THINKING, "text": ""}),
        re("reasoning_text.delta", content_index=0, delta="so"),
        re("reasoning_text.done", content_index=0, text="so"),
        re("content_part.done", content_index=0, part=THINKING),
    ],
    summary=[SUMMED],
    content=[THINKING],
)
BROKEN = item(0, "function_call", arguments('{"x":'), arguments='{"x":')
SEARCH = item(1, "web_search_call", [re("web_search_call.searching")])


def whole(*items: list[Event]) -> list[Event]:
    """A response that ends with all that its items are at last."""
    return response(*items, output=[one[-1]["item"] for one in items])


def ending(stream: list[Event], **changed: Any) -> list[Event]:
    """The same, with another item at its end."""
    return [*stream[:-1], {**stream[-1], "item": {**stream[-1]["item"], **changed}}]


LISTED = [MESSAGE[-1]["item"], CALL[-1]["item"]]
OTHER = {"content": content_of("b", "c")}


def test_responses_may_have_parts_items_calls_and_thoughts() -> None:
    verdict = judged(RESPONSES, whole(MESSAGE, CALL), text="Hello world")
    assert (verdict.text, verdict.violations) == ("Hello world", ())
    for lawful in (
        response(),
        whole(THOUGHT),
        response(MESSAGE[:4], end="incomplete"),
        response(MESSAGE[:4], end="failed"),
        whole(MESSAGE, SEARCH),
        response([{"type": "keepalive"}]),
        whole(item(0, "message", [])),
    ):
        assert judged(RESPONSES, lawful).violations == ()


@pytest.mark.parametrize(
    ("events", "due"),
    [
        (response(MESSAGE[:-1], output=LISTED[:1]), ["left_open"]),
        (response(MESSAGE[:4] + MESSAGE[-1:], output=LISTED[:1]), ["left_open"]),
        (response(CALL, output=[{**LISTED[0], "id": "x"}, LISTED[1]]), ["out_of_order"]),
        (response(MESSAGE[1:], output=LISTED[:1]), ["out_of_order"]),
        (response(ending(MESSAGE, **OTHER), output=LISTED[:1]), ["accumulated_mismatch"]),
        (response(MESSAGE, output=[{**LISTED[0], **OTHER}]), ["accumulated_mismatch"]),
        (whole(BROKEN), ["not_json"]),
        (response([re("fresh")]), ["out_of_order"]),
        (whole(MESSAGE)[:-1], ["missing_end"]),
        # Parts would come behind those that are there.
        (response(beginning(MESSAGE, content=[said("a")]), output=LISTED[:1]), ["field_wrong"]),
        # What the official JavaScript client refuses too.
        (whole(item(0, "message", arguments())), ["out_of_order", "accumulated_mismatch"]),
        (whole(item(0, "message", [re("web_search_call.searching")])), ["out_of_order"]),
        (whole(THOUGHT[:5] + THOUGHT[6:]), ["out_of_order"]),
        (whole(ending(MESSAGE, type="web_search_call")), ["id_changed"]),
        (response(MESSAGE, output=[{**LISTED[0], "id": "x"}]), ["accumulated_mismatch"]),
        (whole(item(0, "message", [], id="")), ["id_changed", "field_wrong"]),
    ],
)
def test_what_responses_forbid_is_named(events: list[Event], due: list[str]) -> None:
    assert [*dict.fromkeys(kinds(judged(RESPONSES, events)))] == due


def test_nothing_is_listed_before_it_is_opened() -> None:
    events = whole(MESSAGE)
    events[1] = {**events[1], "response": {"id": "r", "output": LISTED[:1]}}
    assert kinds(judged(RESPONSES, events)) == ["field_wrong"]


@pytest.mark.parametrize(
    ("events", "something"),
    [
        (whole(item(0, "message", [])), False),
        (whole(item(0, "web_search_call", [])), False),
        (whole(MESSAGE), True),
        (whole(CALL_ALONE), True),
    ],
)
def test_an_answer_of_which_only_ids_came_has_no_content(
    events: list[Event], something: bool
) -> None:
    verdict = judged(RESPONSES, events)
    assert (verdict.violations, verdict.has_content) == ((), something)


def test_two_calls_of_one_id_are_wrong() -> None:
    second = item(2, "function_call", arguments("{}"), arguments="{}")
    assert set(kinds(judged(RESPONSES, whole(MESSAGE, CALL, second)))) == {"out_of_order"}


def test_text_is_in_the_order_of_its_numbers_whichever_part_was_opened_first() -> None:
    first, second = (
        item(index, "message", worded(text), content=content_of(text))
        for index, text in enumerate(("Hel|lo ", "wor|ld"))
    )
    events = [first[0], *second, *first[1:]]
    stream = response(events, output=[first[-1]["item"], second[-1]["item"]])
    verdict = judged(RESPONSES, stream, text="Hello world")
    assert (verdict.violations, verdict.text) == ((), "Hello world")
