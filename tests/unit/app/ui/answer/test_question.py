"""Asking: the choices on the page become the turn that they mean."""

from dataclasses import replace

import pytest

from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.question import (
    EXAMPLES,
    PLAIN_EXAMPLES,
    MockOptions,
    Question,
    named,
    takes,
    user_of,
)

ASKED = Question(message="Hello", contract="ai-chat/sse")


def test_without_wishes_a_message_is_sent_as_it_was_written() -> None:
    assert ASKED.turn(None) == Turn(message="Hello")


def test_wishes_travel_as_a_directive_after_the_message() -> None:
    wish = MockOptions(scenario="tides", seed="7", speed=2, more=" fault=stall@20:2s ")
    assert replace(ASKED, options=wish).turn("c").message == (
        "Hello\n\n[[mock: scenario=tides seed=7 speed=2 fault=stall@20:2s]]"
    )


def test_the_usual_speed_is_no_wish() -> None:
    assert MockOptions(speed=1).directive() == ""
    assert MockOptions(speed=0.25).directive() == "[[mock: speed=0.25]]"


def test_only_protocols_that_name_a_value_take_one() -> None:
    for value in ("model", "temperature"):
        assert takes(CONTRACTS["ai-gateway/socketio"], value)
        assert not takes(CONTRACTS["ai-chat/sse"], value)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS)
def test_every_contract_has_a_name_for_people(contract: object) -> None:
    assert contract in CONTRACTS.values()
    assert all(" over " in named(each) for each in CONTRACTS.values())


def test_a_real_model_is_not_offered_faults() -> None:
    assert not any(example.faults for example in PLAIN_EXAMPLES)
    assert any(example.faults for example in EXAMPLES)


def test_a_turn_by_a_token_is_its_user_s() -> None:
    token = sign("k" * 32, "alice", 60, {})
    turn = replace(ASKED, token=token).turn(None)
    assert (turn.token, turn.user) == (token, "alice")


@pytest.mark.parametrize(
    "token", [None, "", "abc", "a.b.c", "a.e30.c", "..", "a.W10.c", "\xff.\xff"]
)
def test_what_is_no_token_names_no_user(token: str | None) -> None:
    assert user_of(token) is None


def test_a_token_is_in_no_description() -> None:
    assert "secret" not in repr(replace(ASKED, token="secret"))
