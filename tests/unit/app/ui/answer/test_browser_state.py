"""Kept: a page may send anything, and what has the right form comes back as it was told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.client.turn import EarlierMessage
from tokentape.contract.contract import Json
from tokentape.ui.answer.browser_state import (
    SILENCE,
    TOLD_MAX_CHARS,
    Talk,
    UnfinishedAnswer,
    question_of,
    record_of,
    talk_of,
)
from tokentape.ui.answer.question import MockOptions, Question

ASKED = Question(
    message="Hello",
    contract="ai-gateway/socketio",
    model="gpt-4",
    temperature=0.5,
    options=MockOptions(scenario="tides", seed="7", speed=2.0, more="fault=cut@3"),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def told(**given: Any) -> str:
    return json.dumps(given)


def test_a_question_comes_back_as_it_was_told_but_for_its_token() -> None:
    assert question_of(record_of(ASKED)) == ASKED
    by_token = question_of(record_of(ASKED), "t")
    assert by_token is not None
    assert by_token.token == "t"
    assert "t" not in record_of(by_token).values()


def test_a_talk_holds_conversations_the_last_question_and_what_was_left() -> None:
    left = {"turn": "a-b_c", "run": "r-1", "conversation": "c-1", "how": record_of(ASKED)}
    talk = talk_of(told(conversations={"ai-chat": "c-1"}, last=record_of(ASKED), left=left))
    assert talk == Talk({"ai-chat": "c-1"}, ASKED, UnfinishedAnswer(ASKED, "a-b_c", "r-1", "c-1"))


def turn_of(contract: str, turn: str, text: Any = None, message: str = "Hello") -> Any:
    asked = Question(message=message, contract=contract, options=MockOptions(more="seed=7"))
    return {"turn": turn, "how": record_of(asked), "text": text}


def test_a_talk_holds_what_was_said_in_a_dialect_as_it_was_sent() -> None:
    said = [
        turn_of("ag-ui/sse", "a", "Hi"),
        turn_of("ai-sdk-ui/sse", "b", "Other"),
        {"turn": "../x", "how": turn_of("ag-ui/sse", "c")["how"]},
        turn_of("ag-ui/sse", "d", 7),
        "no turn",
    ]
    talk = talk_of(told(earlier=said))
    sent = "Hello\n\n[[mock: seed=7]]"
    assert talk.earlier("ag-ui", 100, 9) == [
        EarlierMessage(id="a-question", role="user", content=sent),
        EarlierMessage(id="a", role="assistant", content="Hi"),
        EarlierMessage(id="d-question", role="user", content=sent),
    ]
    assert talk.earlier("ai-chat", 100, 9) == []


def test_what_a_server_would_refuse_is_not_said_again() -> None:
    turns = [turn_of("ag-ui/sse", str(n), "x" * n, "M") for n in (1, 2, 50)]
    talk = talk_of(told(earlier=turns))
    assert [one.id for one in talk.earlier("ag-ui", 40, 3)] == ["2-question", "2", "50-question"]
    assert talk.earlier("ag-ui", 40, 0) == ()


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "",
        "{",
        "[]",
        "null",
        " " * (TOLD_MAX_CHARS + 1),
        told(conversations=[], last=[], left=7),
        told(conversations={"nowhere": "c-1", "ai-chat": 7}),
        told(conversations={"ai-chat": "../../admin"}),
        told(left={"turn": "t/../x", "how": record_of(ASKED)}),
        told(left={"turn": "t", "how": {}}),
        told(last={**record_of(ASKED), "contract": "no/such"}),
        told(last={**record_of(ASKED), "message": "  "}),
        told(earlier={"turn": "t"}),
        told(earlier=[{"turn": "t", "how": 7}]),
    ],
)
def test_what_has_not_the_form_is_as_if_it_were_not_there(wrong: str | None) -> None:
    assert talk_of(wrong) == SILENCE


def test_a_run_with_an_id_that_leads_elsewhere_is_none() -> None:
    left = {"turn": "t", "run": "../admin/stats", "how": record_of(ASKED)}
    talk = talk_of(told(left=left))
    assert talk.left is not None
    assert talk.left.run is None


@given(JSON)
def test_anything_can_be_told(anything: Json) -> None:
    try:
        written = json.dumps({"conversations": anything, "last": anything, "left": anything})
    except ValueError:
        return
    assert isinstance(talk_of(written), Talk)
