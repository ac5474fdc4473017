"""Conversations by the official client: what a response is told, and what it leaves behind."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import openai
import pytest
from openai import OpenAI

from mock_openai.errors import ApiError
from mock_openai.storage.conversations import MOST_ITEMS, Conversation, Conversations
from tests.integration.mock_openai.conftest import Served
from tests.integration.mock_openai.official import MODEL, RESPONSE_TOOL, official

__all__ = ["official"]

ADA: Any = [{"role": "user", "content": "I am Ada."}, {"role": "assistant", "content": "Hello!"}]
HI: Any = {"model": MODEL, "input": "Hi"}
TURNS = "And now? [[mock: scenario=turns speed=1000]]"


def test_a_conversation_is_begun_labelled_and_forgotten(official: OpenAI) -> None:
    made = official.conversations.create(metadata={"a": "b"})
    assert official.conversations.retrieve(made.id) == made
    labelled = official.conversations.update(made.id, metadata={"c": "d"})
    assert (labelled.id, labelled.metadata) == (made.id, {"c": "d"})
    assert official.conversations.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        official.conversations.retrieve(made.id)


def test_responses_go_on_with_it_and_add_to_it(official: OpenAI) -> None:
    name = official.conversations.create(items=ADA).id
    second = official.responses.create(model=MODEL, input=TURNS, conversation=name)
    assert second.conversation is not None
    assert second.conversation.id == name
    assert second.output_text.startswith("This is my second answer")
    third = official.responses.create(
        model=MODEL, input=TURNS, conversation={"id": name}, stream=True
    )
    final = next(event for event in third if event.type == "response.completed").response
    assert final.output_text.startswith("This is turn 3")
    said = list(official.conversations.items.list(name, order="asc"))
    assert [item.role for item in said if item.type == "message"] == ["user", "assistant"] * 3
    assert len({item.id for item in said}) == 6
    assert list(official.conversations.items.list(name, limit=2)) == said[::-1]
    follow = official.responses.create(model=MODEL, input=TURNS, previous_response_id=final.id)
    assert follow.output_text.startswith("This is turn 4")


def test_tools_are_called_and_answered_within_it(official: OpenAI) -> None:
    name = official.conversations.create().id
    asked: Any = {"model": f"{MODEL}@tool-call", "conversation": name, "tools": [RESPONSE_TOOL]}
    made = official.responses.create(**asked, input="The weather in Oslo?")
    [call] = [item for item in made.output if item.type == "function_call"]
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "Rain."}
    final = official.responses.create(**asked, input=[result])
    assert "Rain." in final.output_text
    kinds = [item.type for item in official.conversations.items.list(name, order="asc")]
    assert kinds.count("function_call") == kinds.count("function_call_output") == 1


def test_items_are_added_found_and_taken_away(official: OpenAI) -> None:
    name = official.conversations.create(items=ADA).id
    items = official.conversations.items
    added = items.create(name, items=ADA)
    assert [item.type for item in added.data] == ["message"] * 2
    assert (added.first_id, added.last_id) == (added.data[0].id, added.data[1].id)
    first = added.first_id
    assert items.retrieve(first, conversation_id=name) == added.data[0]
    assert items.delete(first, conversation_id=name).id == name
    assert len(list(items.list(name))) == 3
    with pytest.raises(openai.NotFoundError):
        items.retrieve(first, conversation_id=name)


GONE = "conv_gone"
DEEP = json.loads("[" * 300 + "]" * 300)
REFUSED: list[tuple[Callable[[Any], Any], int, str | None]] = [
    (lambda c: c.responses.create(**HI, conversation=GONE), 404, "conversation_id"),
    (lambda c: c.responses.create(**HI, conversation="mine"), 400, "conversation"),
    (lambda c: c.responses.create(**HI, conversation={}), 400, "conversation.id"),
    (lambda c: c.responses.create(**HI, previous_response_id=GONE), 400, "previous_response_id"),
    (lambda c: c.conversations.create(items=ADA * 11), 400, "items"),
    (lambda c: c.conversations.create(items=[{**ADA[0], "id": ["x"]}]), 400, "items[0].id"),
    (lambda c: c.responses.create(**HI | {"input": [{**ADA[0], "id": 5}]}), 400, "input[0].id"),
    (lambda c: c.conversations.create(items=[{**ADA[0], "deep": DEEP}]), 400, None),
    (lambda c: c.conversations.create(metadata={"a": "b" * 600}), 400, "metadata.a"),
    (lambda c: c.conversations.items.create(GONE, items=ADA), 404, "conversation_id"),
    (lambda c: c.conversations.items.list(GONE, limit=101), 400, "limit"),
    (lambda c: c.conversations.items.delete("x", conversation_id=GONE), 404, "conversation_id"),
]


@pytest.mark.parametrize(("call", "status", "param"), REFUSED)
def test_a_mistake_is_refused_by_name(
    official: OpenAI, call: Callable[[Any], Any], status: int, param: str | None
) -> None:
    with pytest.raises(openai.APIStatusError) as refused:
        call(official)
    assert isinstance(refused.value.body, dict)
    assert (refused.value.status_code, refused.value.body["param"]) == (status, param)


def test_an_answer_that_was_cut_adds_nothing(official: OpenAI) -> None:
    name = official.conversations.create().id
    text = "Hi [[mock: scenario=hello speed=1000 fault=sever@3]]"
    with pytest.raises(openai.APIConnectionError):
        list(official.responses.create(model=MODEL, input=text, conversation=name, stream=True))
    assert list(official.conversations.items.list(name)) == []


def test_sessions_do_not_see_each_others(official: OpenAI, served: Served) -> None:
    name = official.conversations.create().id
    with (
        OpenAI(base_url=served.url, api_key="mock-session-apart", max_retries=0) as other,
        pytest.raises(openai.NotFoundError),
    ):
        other.conversations.retrieve(name)


def test_the_same_steps_give_the_same_ids_and_a_session_has_its_own() -> None:
    body = {"items": ADA}
    one, two = Conversations(7), Conversations(7)
    assert one.create("a", body) == two.create("a", body)
    names = {one.create(session, body)["id"] for session in ("a", "b", "a")}
    assert len(names) == 3
    one.clear("a")
    assert one.create("a", body) == Conversations(7).create("a", body)


def test_a_new_conversation_never_takes_the_place_of_another() -> None:
    """Also where it was forgotten how many a session has begun."""
    stored = Conversations(0, most=2)
    first = stored.create("a", {"items": ADA})["id"]
    for session in "bc":
        stored.delete(session, stored.create(session, {})["id"])
    assert stored.create("a", {})["id"] != first
    assert len(stored.find("a", first).items) == 2


def test_conversations_are_bounded_in_number_and_bytes() -> None:
    stored = Conversations(0, most=20, most_bytes=100_000)
    text = [{"role": "user", "content": "word " * 400}]
    names = [stored.create("", {"items": text * (number % 5)})["id"] for number in range(200)]
    assert 1 < len(stored) <= 20
    assert stored.size <= 100_000
    assert stored.find("", names[-1])
    with pytest.raises(ApiError, match="not found"):
        stored.find("", names[0])
    for name in names[-len(stored) :]:
        stored.delete("", name)
    assert (len(stored), stored.size) == (0, 0)


def test_a_long_conversation_loses_its_beginning_and_stays_as_small() -> None:
    talk = Conversation("conv_1", 0)
    line = {"id": "m", "type": "message", "role": "user",
            "content": [{"type": "input_text", "text": "x"}]}  # fmt: skip
    talks = [talk]
    for _ in range(3):
        talks.append(talks[-1].with_items([line] * (MOST_ITEMS // 2)))
    long = talks[-1]
    assert len(long.items) == len(long.messages) == MOST_ITEMS
    assert len({item["id"] for item in long.items}) == MOST_ITEMS
    assert all(one.weight < two.weight for one, two in pairwise(talks[:3]))
    assert long.without(long.items[0]["id"]).items == long.items[1:]
    short = talk.with_items([line])
    assert short.without("m").weight == talk.weight
    assert json.dumps(talk.to_json()) == json.dumps(short.to_json())
