"""Azure's addresses by the official clients for Azure: what they are, and what comes back."""

import json
from collections.abc import Iterator
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncAzureOpenAI, AzureOpenAI, OpenAI

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import azure_chat, chat
from mock_openai.endpoints.azure_urls import Address, address_of, with_bearer
from mock_openai.faults import FAULTS, Place
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from tests.integration.mock_openai.conftest import Served, serving
from tests.integration.mock_openai.official import RESPONSE_TOOL, TOOL, Person, official, said

__all__ = ["official"]

VERSION = "2024-10-21"
HELLO = "Hello! I am a scripted model, and I say exactly this, exactly now."
SAFE = {
    kind: {"filtered": False, "severity": "safe"}
    for kind in ("hate", "self_harm", "sexual", "violence")
}


@pytest.fixture(scope="module")
def keyed() -> Iterator[Served]:
    with serving("--require-key") as running:
        yield running


@pytest.fixture(scope="module")
def azure(keyed: Served) -> Iterator[AzureOpenAI]:
    options: Any = {"azure_endpoint": keyed.root, "api_key": "any", "api_version": VERSION}
    with AzureOpenAI(**options, max_retries=0) as client:
        yield client


@pytest.mark.parametrize(
    ("url", "address"),
    [
        (b"/openai/v1/responses/resp_1?stream=true", Address(b"/v1/responses/resp_1?stream=true")),
        (b"/openai/responses?api-version=1", Address(b"/v1/responses?api-version=1")),
        (
            b"/openai/deployments/my%20gpt%40hello/chat/completions?x=1&api-version=1",
            Address(b"/v1/chat/completions?x=1&api-version=1", "my gpt@hello"),
        ),
        (b"/openai/deployments/a/embeddings", None),
        (b"/openai/deployments/a/embeddings?api-version=", None),
        (b"/openai/deployments/a/embeddings?no-api-version=1", None),
        (b"/openai/deployments//embeddings?api-version=1", None),
        (b"/openai/deployments/a/moderations?api-version=1", None),
        (b"/openai/deployments/a?api-version=1", None),
        (b"/v1/chat/completions?api-version=1", None),
        (b"/openai", None),
    ],
)
def test_an_address_is_read_as_openais_own(url: bytes, address: Address | None) -> None:
    assert address_of(url) == address


def test_a_token_of_entra_stays_and_a_key_becomes_a_bearers() -> None:
    assert with_bearer([(b"api-key", b"k")]) == [(b"authorization", b"Bearer k")]
    both = [(b"authorization", b"Bearer t"), (b"api-key", b"k")]
    assert with_bearer(both) == both


def test_a_stream_begins_with_what_was_found_in_the_prompt(azure: AzureOpenAI) -> None:
    options: Any = {"stream": True, "stream_options": {"include_usage": True}}
    stream = azure.chat.completions.create(model="mine", messages=said("Hello?"), **options)
    first, role, *middle, finish, usage = (chunk.model_dump() for chunk in stream)
    assert (first["choices"], first["id"], first["object"]) == ([], "", "")
    assert first["prompt_filter_results"] == [{"prompt_index": 0, "content_filter_results": SAFE}]
    assert [c["choices"][0]["content_filter_results"] for c in (role, finish)] == [{}, {}]
    assert all(c["choices"][0]["content_filter_results"] == SAFE for c in middle)
    assert "".join(c["choices"][0]["delta"]["content"] for c in middle) == HELLO
    assert (usage["choices"], usage["usage"]["completion_tokens"] > 0) == ([], True)
    assert {chunk["model"] for chunk in (role, *middle, finish, usage)} == {"mine"}


def test_an_answer_in_one_piece_says_what_was_found_too(azure: AzureOpenAI) -> None:
    made = azure.chat.completions.create(model="mine", messages=said("Hello?")).model_dump()
    [choice] = made["choices"]
    assert (choice["message"]["content"], choice["content_filter_results"]) == (HELLO, SAFE)
    assert made["prompt_filter_results"][0]["content_filter_results"] == SAFE


def test_the_deployment_answers_whatever_model_the_body_names(keyed: Served) -> None:
    options: Any = {"azure_endpoint": keyed.root, "api_version": VERSION, "max_retries": 0}
    with AzureOpenAI(**options, azure_ad_token="t", azure_deployment="mine@hello") as client:
        made = client.chat.completions.create(model="another", messages=said("Hi", "seed=1"))
    assert (made.model, made.choices[0].message.content) == ("mine", HELLO)


async def test_the_asynchronous_client_streams_parses_and_calls_tools(keyed: Served) -> None:
    options: Any = {"azure_endpoint": keyed.root, "api_key": "any", "api_version": VERSION}
    async with AsyncAzureOpenAI(**options, max_retries=0) as client:
        parsed = await client.chat.completions.parse(
            model="mine", messages=said("Invent.", ""), response_format=Person
        )
        assert isinstance(parsed.choices[0].message.parsed, Person)
        asked: Any = {"model": "mine", "messages": said("Oslo?", "scenario=tool-call")}
        async with client.chat.completions.stream(**asked, tools=[TOOL]) as stream:
            final = await stream.get_final_completion()
        [call] = final.choices[0].message.tool_calls or []
        assert call.function.name == "get_weather"
        assert "city" in json.loads(call.function.arguments)


def test_responses_embeddings_completions_and_models_are_there_too(azure: AzureOpenAI) -> None:
    hello = "Hi [[mock: scenario=hello speed=1000]]"
    made = azure.responses.create(model="mine", input=hello)
    assert made.output_text == HELLO
    assert azure.responses.retrieve(made.id).output_text == HELLO
    events = list(azure.responses.create(model="mine", input=hello, stream=True))
    assert events[-1].type == "response.completed"
    call = azure.responses.create(model="mine@tool-call", input="Oslo?", tools=[RESPONSE_TOOL])
    assert "function_call" in [item.type for item in call.output]
    assert len(azure.embeddings.create(model="mine", input="Hi").data[0].embedding) == 1_536
    assert azure.completions.create(model="mine", prompt=hello).choices[0].text == HELLO
    assert list(azure.models.list())


def test_the_addresses_without_versions_are_for_openais_own_client(
    keyed: Served, official: OpenAI
) -> None:
    """The same request on both addresses: the plan of one is not played on the other."""
    asked: Any = {"model": "gpt-4o", "messages": said("Hello, both of you?"), "stream": True}
    url = f"{keyed.root}/openai/v1/"
    for _ in range(2):
        with OpenAI(base_url=url, api_key="any", max_retries=0) as client:
            first = next(iter(client.chat.completions.create(**asked)))
        assert first.choices == []
        assert next(iter(official.chat.completions.create(**asked))).choices


def test_who_brings_no_key_is_refused_and_mistakes_are_named(
    keyed: Served, azure: AzureOpenAI
) -> None:
    url = f"{keyed.root}/openai/deployments/mine/chat/completions"
    refused = httpx2.post(f"{url}?api-version={VERSION}", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (401, "missing_api_key")
    unversioned = httpx2.post(url, json={}, headers={"api-key": "any"})
    assert unversioned.status_code == 404
    assert "api-version" in unversioned.json()["error"]["message"]
    with pytest.raises(openai.BadRequestError) as wrong:
        azure.chat.completions.create(model="mine", messages=said("Hi"), temperature=9)
    assert wrong.value.param == "temperature"


def test_the_key_names_the_session_and_is_kept_nowhere(keyed: Served) -> None:
    url = f"{keyed.root}/openai/deployments/mine/chat/completions?api-version={VERSION}"
    key = {"api-key": "mock-session-azure"}
    httpx2.post(url, json={"messages": said("Hello?")}, headers=key).raise_for_status()
    content = httpx2.get(f"{keyed.root}/__mock__/requests", headers={"x-mock-session": "azure"})
    [entry] = content.json()["requests"]
    assert (entry["model"], entry["session"]) == ("mine", "azure")
    assert "mock-session" not in json.dumps(entry["headers"])


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_strikes_azures_frames_as_openais(fault: str) -> None:
    """At its own place, or at the third chunk."""
    planner = Planner(ScenarioFiles(), Settings())
    body = json.dumps({"model": "m", "stream": True, "messages": said("Hi", "scenario=unicode")})
    text = f"{fault}@3" if FAULTS[fault].default == Place("random") else fault
    struck = [
        planner.plan(endpoint, {"x-mock-fault": text}, body.encode()).plan
        for endpoint in (chat.ENDPOINT, azure_chat.ENDPOINT)
    ]
    assert struck[0].faults == struck[1].faults
    assert struck[0].faults[0].placed
    assert struck[0].text == struck[1].text
