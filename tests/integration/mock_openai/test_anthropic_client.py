"""Anthropic's official Python client on the mock: what it reads, and does with each fault."""

import json
import subprocess
from collections.abc import Iterator
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import Anthropic
from anthropic.types import Message

from mock_openai.faults import FAULTS
from mock_openai.faults.official import (
    ANTHROPIC_VERSION,
    IN_MESSAGES,
    JAVASCRIPT_VERSION,
    OFFICIAL,
)
from tests.integration.mock_openai.conftest import Served
from tests.integration.mock_openai.test_javascript_client import FOLDER, require_node
from tests.unit.mock_openai.bodies import claude

MODEL = "claude-opus-5"
TOOL: Any = {
    "name": "get_weather",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
}


@pytest.fixture(scope="module")
def client(served: Served) -> Iterator[Anthropic]:
    with Anthropic(base_url=served.root, api_key="any", max_retries=0, timeout=20) as made:
        yield made


def ask(text: str, **more: Any) -> Any:
    """What is sent, typed as the client wants it."""
    return claude(text, **more)


def contents(message: Message) -> list[dict[str, Any]]:
    """What the helper adds to a block is the client's own."""
    return [block.model_dump(exclude={"parsed_output"}) for block in message.content]


def test_text_is_streamed_and_whole_the_same(client: Anthropic) -> None:
    text = "Hello? [[mock: scenario=hello speed=1000]]"
    whole = client.messages.create(**ask(text))
    raw = list(client.messages.create(**ask(text, stream=True)))
    with client.messages.stream(**ask(text)) as stream:
        said = "".join(stream.text_stream)
        final = stream.get_final_message()
    [block] = whole.content
    assert block.type == "text"
    assert block.text == said
    assert raw[0].type == "message_start"
    assert raw[-1].type == "message_stop"
    assert "ping" not in {event.type for event in raw}
    assert contents(final) == contents(whole)
    assert (final.id, final.stop_reason, final.model) == (whole.id, "end_turn", MODEL)
    assert final.usage.output_tokens == whole.usage.output_tokens
    counted = client.messages.count_tokens(model=MODEL, messages=ask(text)["messages"])
    assert counted.input_tokens == whole.usage.input_tokens


def test_tools_are_called_and_answered(client: Anthropic) -> None:
    messages = ask("Both? [[mock: scenario=parallel-tools speed=1000]]")["messages"]
    with client.messages.stream(**ask("", messages=messages, tools=[TOOL])) as stream:
        final = stream.get_final_message()
    calls = [block for block in final.content if block.type == "tool_use"]
    assert final.stop_reason == "tool_use"
    assert [(call.name, call.input) for call in calls] == [
        ("get_weather", {"city": "Oslo"}),
        ("get_weather", {"city": "Bergen"}),
    ]
    messages = [
        *messages,
        final.to_param(),
        {
            "role": "user",
            "content": [
                {"type": "tool_result", "tool_use_id": call.id, "content": "rain"} for call in calls
            ],
        },
    ]
    whole = client.messages.create(**ask("", messages=messages, tools=[TOOL]))
    assert whole.stop_reason == "end_turn"
    only = client.messages.create(
        **ask(
            "Oslo? [[mock: scenario=parallel-tools speed=1000]]",
            tools=[TOOL],
            tool_choice={"type": "any", "disable_parallel_tool_use": True},
        )
    )
    assert [block.type for block in only.content].count("tool_use") == 1


def test_thoughts_come_in_a_block_that_is_signed_and_can_be_handed_back(client: Anthropic) -> None:
    asked = ask(
        "Think. [[mock: scenario=reasoning speed=1000]]",
        thinking={"type": "enabled", "budget_tokens": 1_024},
    )
    whole = client.messages.create(**asked)
    with client.messages.stream(**asked) as stream:
        signed = [event for event in stream if event.type == "signature"]
        final = stream.get_final_message()
    thought, said = final.content
    assert contents(final) == contents(whole)
    assert (thought.type, said.type) == ("thinking", "text")
    assert thought.type == "thinking"
    assert [event.signature for event in signed] == [thought.signature]
    messages = [*asked["messages"], final.to_param(), {"role": "user", "content": "Go on."}]
    assert client.messages.create(**{**asked, "messages": messages}).stop_reason == "end_turn"


def test_an_answer_is_stopped_by_a_sequence_or_the_limit(client: Anthropic) -> None:
    text = "Hello? [[mock: scenario=hello speed=1000]]"
    stopped = client.messages.create(**ask(text, stop_sequences=[" model"]))
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", " model")
    assert client.messages.create(**ask(text, max_tokens=2)).stop_reason == "max_tokens"


STATUSES = {
    400: anthropic.BadRequestError,
    401: anthropic.AuthenticationError,
    403: anthropic.PermissionDeniedError,
    404: anthropic.NotFoundError,
    409: anthropic.ConflictError,
    429: anthropic.RateLimitError,
    500: anthropic.InternalServerError,
    529: anthropic.OverloadedError,
}


@pytest.mark.parametrize("status", STATUSES)
def test_a_scripted_status_is_the_clients_own_exception(client: Anthropic, status: int) -> None:
    with pytest.raises(STATUSES[status]) as raised:
        client.messages.create(**ask(f"No [[mock: fault=refuse:{status}]]"))
    error: Any = raised.value
    assert error.body["type"] == "error"
    assert error.body["request_id"] == error.request_id == error.response.headers["request-id"]
    assert error.response.status_code == status


def test_who_asks_too_often_is_told_when_and_asks_again(served: Served) -> None:
    text = "asks too often [[mock: fault=refuse:429;retry-after-ms=1]]"
    with (
        Anthropic(base_url=served.root, api_key="any", max_retries=2) as client,
        pytest.raises(anthropic.RateLimitError) as raised,
    ):
        client.messages.create(**ask(text))
    assert raised.value.response.headers["anthropic-ratelimit-requests-remaining"] == "0"
    assert len(served.journal("asks too often")) == 3


def test_a_key_is_needed_where_the_mock_wants_one(served: Served) -> None:
    """Its key is read in either of its headers; the journal shows neither."""
    httpx2.post(
        f"{served.root}/v1/messages",
        json=claude("my key [[mock: scenario=instant]]"),
        headers={"x-api-key": "sk-ant-1", "anthropic-version": "2023-06-01"},
    ).raise_for_status()
    [entry] = served.journal("my key")
    assert entry["headers"]["anthropic-version"] == "2023-06-01"
    assert "sk-ant-1" not in str(entry)


def test_an_error_in_mid_stream_is_raised_with_what_it_says(client: Anthropic) -> None:
    text = "broken [[mock: scenario=hello speed=1000 fault=event-error@3]]"
    with client.messages.stream(**ask(text)) as stream, pytest.raises(anthropic.APIError) as raised:
        list(stream)
    body: Any = raised.value.body
    assert body["error"] == {"type": "overloaded_error", "message": "Overloaded"}


ASK = "official [[mock: scenario=unicode tokens=12 first=5ms gap=15ms]]"
# As the docs name them, with times that a test can wait for.
PLANTED = {
    "stall": "stall@5:300ms", "stall:forever": "stall@5:forever", "join": "join@3:4",
    "slow-headers": "slow-headers:300ms", "endless-headers": "endless-headers:3s",
}  # fmt: skip
TIMEOUT_S = 1.0


def directive(name: str) -> str:
    """The fault as a request asks for it."""
    default = FAULTS[name.partition(":")[0]].default.kind
    return PLANTED.get(name, f"{name}@5" if default == "random" else name)


def met(client: Anthropic, due: str, fault: str) -> tuple[str, str]:
    """What the raw iterator does, and the helper that puts the message together."""
    asked = ask(f"{ASK} [[mock: fault={fault}]]")
    return by_iterator(client, asked, due), by_helper(client, asked, due)


@pytest.fixture(scope="module")
def impatient(client: Anthropic) -> Anthropic:
    # A connection each: after a cut, the next request may meet one that is being closed.
    return client.with_options(timeout=TIMEOUT_S, default_headers={"connection": "close"})


def by_iterator(client: Anthropic, asked: Any, due: str) -> str:
    text = ""
    try:
        for event in client.messages.create(**asked, stream=True):
            if event.type == "content_block_delta" and event.delta.type == "text_delta":
                text += event.delta.text
    except Exception as error:  # noqa: BLE001 - whatever it raises is what we want to know
        return name_of(error)
    return in_words(text, due)


def by_helper(client: Anthropic, asked: Any, due: str) -> str:
    try:
        with client.messages.stream(**asked) as stream:
            message = stream.get_final_message()
    except Exception as error:  # noqa: BLE001 - as above
        return name_of(error)
    return in_words("".join(block.text for block in message.content if block.type == "text"), due)


def name_of(error: Exception) -> str:
    return f"raises `{type(error).__module__.partition('.')[0]}.{type(error).__name__}`"


def in_words(text: str, due: str) -> str:
    if text == due:
        return "gives the whole text, raises nothing"
    if due.startswith(text):
        return "gives a text cut short, raises nothing"
    return "gives a wrong text, raises nothing"


@pytest.fixture(scope="module")
def due(served: Served) -> str:
    url = f"{served.root}/__mock__/plan?endpoint=messages"
    text: str = httpx2.post(url, json=claude(ASK, stream=True)).json()["text"]
    return text


@pytest.mark.parametrize("name", IN_MESSAGES)
def test_the_official_client_does_what_the_docs_say(
    impatient: Anthropic, due: str, name: str
) -> None:
    outcomes = IN_MESSAGES[name]
    assert met(impatient, due, directive(name)) == (outcomes.anthropic, outcomes.helper)


@pytest.mark.parametrize("name", [*(OFFICIAL.keys() - IN_MESSAGES.keys())])
def test_what_is_said_to_find_no_place_finds_none(served: Served, name: str) -> None:
    """Such as another id: that of a message is told once."""
    url = f"{served.root}/__mock__/plan?endpoint=messages"
    asked = claude(f"{ASK} [[mock: fault={directive(name)}]]", stream=True)
    assert [fault["placed"] for fault in httpx2.post(url, json=asked).json()["faults"]] == [False]


def by_node(*arguments: str) -> list[dict[str, Any]]:
    command = [require_node(), str(FOLDER / "anthropic.mjs"), *arguments]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return [json.loads(line) for line in ran.stdout.splitlines()]


def test_the_javascript_client_reads_what_was_scripted(served: Served) -> None:
    found = by_node(served.root)
    assert [one for one in found if one["problem"] is not None] == []
    assert len(found) == 6


def test_the_javascript_client_does_what_the_docs_say(served: Served, due: str) -> None:
    found = by_node(served.root, due, *map(directive, IN_MESSAGES))
    assert [one["met"] for one in found] == [one.javascript for one in IN_MESSAGES.values()]


def test_the_versions_that_were_measured_are_named() -> None:
    locked = json.loads((FOLDER / "package-lock.json").read_text())["packages"]
    version = locked["node_modules/@anthropic-ai/sdk"]["version"]
    assert version.startswith(f"{JAVASCRIPT_VERSION}."), "measure anew"
    assert anthropic.__version__.startswith(f"{ANTHROPIC_VERSION}."), "measure anew"
