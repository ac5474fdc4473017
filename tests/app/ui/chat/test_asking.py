"""Asking: the choices on the page become the turn that they mean."""

from dataclasses import replace

import pytest

from app.client.turn import Turn
from app.dialects.contracts import CONTRACTS
from app.ui.chat.asking import EXAMPLES, PLAIN_EXAMPLES, SILENCE, Asked, Wish, named, takes_model

ASKED = Asked(message="Hello", contract="ai-chat/sse")


def test_without_wishes_a_message_is_sent_as_it_was_written() -> None:
    assert ASKED.turn(None) == Turn(message="Hello")


def test_wishes_travel_as_a_directive_after_the_message() -> None:
    wish = Wish(scenario="tides", seed="7", speed=2, more=" fault=stall@20:2s ")
    assert replace(ASKED, wish=wish).turn("c").message == (
        "Hello\n\n[[mock: scenario=tides seed=7 speed=2 fault=stall@20:2s]]"
    )


def test_the_usual_speed_is_no_wish() -> None:
    assert Wish(speed=1).directive() == ""
    assert Wish(speed=0.25).directive() == "[[mock: speed=0.25]]"


def test_transports_of_one_dialect_share_the_conversation() -> None:
    sse, socketio = CONTRACTS["ai-chat/sse"], CONTRACTS["ai-chat/socketio"]
    talk = SILENCE.after(ASKED, sse, "c-1")
    assert talk.conversation(socketio) == "c-1"
    assert talk.conversation(CONTRACTS["ai-gateway/socketio"]) is None
    assert talk.asked == ASKED


def test_an_answer_without_a_conversation_keeps_the_one_there_was() -> None:
    sse = CONTRACTS["ai-chat/sse"]
    assert SILENCE.after(ASKED, sse, "c-1").after(ASKED, sse, None).conversation(sse) == "c-1"


def test_only_protocols_that_name_a_model_take_one() -> None:
    assert takes_model(CONTRACTS["ai-gateway/socketio"])
    assert not takes_model(CONTRACTS["ai-chat/sse"])


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_every_contract_has_a_name_for_people(contract: object) -> None:
    assert contract in CONTRACTS.values()
    assert all(" over " in named(each) for each in CONTRACTS.values())


def test_a_real_model_is_not_offered_faults() -> None:
    assert not any(example.faults for example in PLAIN_EXAMPLES)
    assert any(example.faults for example in EXAMPLES)
