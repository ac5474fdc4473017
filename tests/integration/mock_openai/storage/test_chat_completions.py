"""Stored chat completions, by the official client: only what was stored, page by page."""

import json
from collections.abc import Iterator

import openai
import pytest
from openai import OpenAI

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from mock_openai.storage.chat_completions import CompletionStore
from tests.integration.mock_openai.conftest import Served, chat, serving

FAST = "[[mock: tokens=7 first=0 gap=0]]"


def asking(served: Served, session: str) -> OpenAI:
    return OpenAI(api_key=f"mock-session-{session}", base_url=served.url, max_retries=0, timeout=20)


def stored(client: OpenAI, text: str, **labels: str) -> str:
    answer = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "user", "content": f"{text} {FAST}"}],
        store=True,
        metadata=labels,
    )
    return answer.id


@pytest.fixture(scope="module", params=["1", "2"], ids=["one worker", "two workers"])
def shared(request: pytest.FixtureRequest, served: Served) -> Iterator[Served]:
    if request.param == "1":
        yield served
        return
    with serving("--workers", request.param) as running:
        yield running


def test_what_was_stored_is_listed_in_pages_and_nobody_elses(shared: Served) -> None:
    client, other = asking(shared, "pages"), asking(shared, "other")
    names = [stored(client, f"question {n}", number=str(n), kind="test") for n in range(5)]
    assert stored(client, "question 1", number="1", kind="test") == names[1]  # again: the newest
    names = [names[0], *names[2:], names[1]]
    client.chat.completions.create(**chat(f"not stored {FAST}"))
    listed = client.chat.completions.list
    assert [one.id for one in listed(limit=2)] == names  # the client turns the pages
    assert [one.id for one in listed(order="desc", limit=3).data] == names[::-1][:3]
    assert [one.id for one in listed(after=names[3])] == names[4:]
    assert [one.id for one in listed(metadata={"number": "3"})] == [names[2]]
    assert [one.id for one in listed(model="gpt-4")] == []
    assert listed(limit=2).has_more
    assert [one.id for one in other.chat.completions.list()] == []
    with pytest.raises(openai.NotFoundError):
        other.chat.completions.retrieve(names[0])


def test_a_completion_is_retrieved_as_it_was_labelled_anew_and_deleted(shared: Served) -> None:
    client = asking(shared, "one")
    text = f"[[mock: seed=5 tokens=9 first=0 gap=0]] hi {FAST}"
    stream = client.chat.completions.create(
        model="gpt-4o@lorem",
        messages=[{"role": "system", "content": "be brief"}, {"role": "user", "content": text}],
        store=True,
        stream=True,
    )
    chunks = [(chunk.id, chunk.choices[0].delta.content or "") for chunk in stream]
    name, said = chunks[0][0], "".join(text for _, text in chunks)
    stored = client.chat.completions.retrieve(name)
    assert (stored.id, stored.choices[0].message.content, stored.model) == (name, said, "gpt-4o")
    changed = client.chat.completions.update(name, metadata={"seen": "yes"})
    assert changed.metadata == {"seen": "yes"}
    assert client.chat.completions.retrieve(name) == changed
    messages = client.chat.completions.messages.list(name)
    assert [(one.id, one.content) for one in messages] == [
        (f"{name}-0", "be brief"), (f"{name}-1", "hi")
    ]  # fmt: skip
    assert client.chat.completions.delete(name).deleted
    for gone in (client.chat.completions.retrieve, client.chat.completions.delete):
        with pytest.raises(openai.NotFoundError, match=name) as refusal:
            gone(name)
        assert refusal.value.param == "completion_id"


def test_an_answer_that_was_cut_or_is_still_being_said_is_not_stored(served: Served) -> None:
    client = asking(served, "cut")
    body = chat("cut [[mock: first=0 gap=0 fault=cut@3]]", stream=True, store=True)
    assert "[DONE]" not in served.post(body, **{"x-mock-session": "cut"}).text
    with client.chat.completions.with_streaming_response.create(
        **chat("held [[mock: hold=2 first=0 gap=0]]", stream=True, store=True)
    ) as held:
        next(held.iter_bytes())
        assert client.chat.completions.list().data == []


@pytest.mark.parametrize(
    ("query", "param"),
    [("limit=0", "limit"), ("limit=x", "limit"), ("limit=101", "limit"),
     ("limit=00001999", "limit"), ("limit=00001" + "9" * 5_000, "limit"),
     ("order=up", "order"), ("after=nobody", "after")],
)  # fmt: skip
def test_a_wrong_listing_is_refused_by_name(served: Served, query: str, param: str) -> None:
    client = asking(served, "wrong")
    with pytest.raises(openai.APIStatusError) as refusal:
        client.get(f"/chat/completions?{query}", cast_to=object)
    assert refusal.value.param == param


def test_metadata_is_checked_as_in_a_request(served: Served) -> None:
    client = asking(served, "labels")
    name = stored(client, "labels")
    for body, param in (
        ({}, "metadata"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"x": 1}, "metadata"),
    ):
        with pytest.raises(openai.BadRequestError) as refusal:
            client.post(f"/chat/completions/{name}", body=body, cast_to=object)
        assert refusal.value.param == param


def test_the_oldest_goes_first() -> None:
    planner, stored = Planner(ScenarioFiles(), Settings()), CompletionStore(most=3)
    for number in range(5):
        body = json.dumps(chat(f"number {number}", store=True)).encode()
        stored.store("a", planner.plan(ENDPOINTS["/v1/chat/completions"], {}, body), number)
    asked = [saved.messages()[0]["content"] for saved in stored.all("a")]
    assert asked == ["number 2", "number 3", "number 4"]
    stored.clear("b")
    assert len(stored) == 3
    weight = stored.size // 3
    stored.clear()
    assert (len(stored), stored.size) == (0, 0)
    small = CompletionStore(most_bytes=weight * 2)
    for number in range(5):
        body = json.dumps(chat(f"number {number}", store=True)).encode()
        small.store("a", planner.plan(ENDPOINTS["/v1/chat/completions"], {}, body), number)
    assert (len(small), small.size <= weight * 2) == (2, True)
