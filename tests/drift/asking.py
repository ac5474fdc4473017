"""The requests that mock and real API are both asked: every endpoint, streamed and not.

What differs between the two (directives, invented files) is left to `Api`.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx2

Json = dict[str, Any]
WEATHER = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "unit": {"type": "string", "enum": ["C", "F"]}},
    "required": ["city", "unit"],
    "additionalProperties": False,
}
FUNCTION = {"name": "get_weather", "description": "The weather of a city.", "parameters": WEATHER,
            "strict": True}  # fmt: skip
TOOLS = [{"type": "function", "function": FUNCTION}]
PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "friends": {"type": "array", "items": {"$ref": "#/$defs/friend"}},
    },
    "required": ["name", "age", "friends"],
    "additionalProperties": False,
    "$defs": {
        "friend": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "near": {"type": ["boolean", "null"]}},
            "required": ["name", "near"],
            "additionalProperties": False,
        }
    },
}
CHAT_FORMAT = {"type": "json_schema", "json_schema": {"name": "person", "schema": PERSON,
                                                      "strict": True}}  # fmt: skip
TEXT_FORMAT = {"type": "json_schema", "name": "person", "schema": PERSON, "strict": True}
PIXEL = (
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@dataclass
class Api:
    """`directives`: whether the server reads them: the mock does, the real API sees none."""

    url: str
    key: str
    model: str = "gpt-4o"
    directives: bool = True
    session: httpx2.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"authorization": f"Bearer {self.key}"}
        self.session = httpx2.Client(base_url=self.url, headers=headers, timeout=60)

    def said(self, text: str, directive: str = "") -> str:
        return f"{text} [[mock: {directive} speed=1000]]" if self.directives else text

    def send(self, method: str, path: str, body: Json | None = None) -> list[Json]:
        """The documents of the answer: one, or one for each event of a stream."""
        answer = self.session.request(method, path, json=body)
        answer.raise_for_status()
        if not answer.headers["content-type"].startswith("text/event-stream"):
            return [answer.json()]
        data = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
        return [json.loads(one) for one in data if one != "[DONE]"]


@dataclass(frozen=True)
class Heard:
    """One exchange: what was asked, and which kind of document came back."""

    name: str
    kind: str
    documents: list[Json]


def exchanges(api: Api) -> Iterator[Heard]:
    with api.session:
        yield from _chats(api)
        yield from _responses(api)
        yield from _conversations(api)
        yield from _others(api)


def _chats(api: Api) -> Iterator[Heard]:
    cases: dict[str, Json] = {
        "text": {"messages": _user(api.said("Say hello."))},
        "usage": {"messages": _user(api.said("Say hello.")), "max_completion_tokens": 30},
        "n": {"messages": _user(api.said("Say hello.")), "n": 2},
        "logprobs": {"messages": _user(api.said("Say hi.")), "logprobs": True, "top_logprobs": 2},
        "length": {"messages": _user(api.said("Count to 100.")), "max_completion_tokens": 5},
        "stop": {"messages": _user(api.said("Count to nine.")), "stop": ["5", " the"]},
        "tools": {
            "messages": _user(api.said("The weather in Oslo?", "scenario=tool-call")),
            "tools": TOOLS,
        },
        "required tool": {
            "messages": _user(api.said("Oslo?")), "tools": TOOLS, "tool_choice": "required",
        },
        "parallel tools": {
            "messages": _user(api.said("The weather in Oslo and Bergen?",
                                       "scenario=parallel-tools")),
            "tools": TOOLS,
        },
        "structured output": {
            "messages": _user(api.said("Invent a person.")), "response_format": CHAT_FORMAT,
        },
        "image": {
            "messages": [{"role": "user", "content": [
                {"type": "text", "text": api.said("What is it?")},
                {"type": "image_url", "image_url": {"url": PIXEL, "detail": "low"}},
            ]}],
        },
    }  # fmt: skip
    if api.directives:  # what a real model can't be made to do
        cases["refusal"] = {"messages": _user(api.said("No?", "scenario=refusal"))}
        cases["reasoning"] = {"messages": _user(api.said("Why?", "scenario=reasoning"))}
    for name, body in cases.items():
        body = {"model": api.model, **body}
        yield Heard(f"chat: {name}", "ChatCompletion", api.send("POST", "chat/completions", body))
        body = {**body, "stream": True, "stream_options": {"include_usage": True}}
        chunks = api.send("POST", "chat/completions", body)
        yield Heard(f"chat: {name}, streamed", "ChatCompletionChunk", chunks)
    yield from _stored(api)


def _stored(api: Api) -> Iterator[Heard]:
    messages = _user(api.said("Remember this."))
    body = {"model": api.model, "messages": messages, "store": True, "metadata": {"by": "drift"}}
    [made] = api.send("POST", "chat/completions", body)
    path = f"chat/completions/{made['id']}"
    listed = api.send("GET", "chat/completions?limit=5&order=desc&metadata[by]=drift")
    yield Heard("chat: stored, listed", "ChatCompletionList", listed)
    yield Heard("chat: stored, retrieved", "ChatCompletion", api.send("GET", path))
    labelled = api.send("POST", path, {"metadata": {"by": "drift", "seen": "yes"}})
    yield Heard("chat: stored, labelled", "ChatCompletion", labelled)
    [asked] = api.send("GET", f"{path}/messages")
    yield Heard("chat: stored, what was asked", "ChatCompletionStoreMessage", asked["data"])
    yield Heard("chat: stored, deleted", "ChatCompletionDeleted", api.send("DELETE", path))


def _user(text: str) -> list[Json]:
    return [{"role": "user", "content": text}]


def _responses(api: Api) -> Iterator[Heard]:
    tools = [{"type": "function", **FUNCTION}]
    cases: dict[str, Json] = {
        "text": {"input": api.said("Say hello."), "instructions": "Be brief."},
        "items": {"input": [{"role": "user", "content": [
            {"type": "input_text", "text": api.said("What is it?")},
            {"type": "input_image", "image_url": PIXEL, "detail": "low"}]}]},
        "length": {"input": api.said("Count to 100."), "max_output_tokens": 16},
        "logprobs": {"input": api.said("Say hi."), "include": ["message.output_text.logprobs"],
                     "top_logprobs": 2},
        "tools": {"input": api.said("The weather in Oslo?", "scenario=tool-call"), "tools": tools},
        "parallel tools": {
            "input": api.said("The weather in Oslo and Bergen?", "scenario=parallel-tools"),
            "tools": tools,
        },
        "structured output": {
            "input": api.said("Invent a person."), "text": {"format": TEXT_FORMAT},
        },
    }  # fmt: skip
    if api.directives:
        cases["refusal"] = {"input": api.said("No?", "scenario=refusal")}
        cases["reasoning"] = {"input": api.said("Why?", "scenario=reasoning")}
        summary = {"summary": "auto", "effort": "low"}
        cases["summary"] = {"input": api.said("Why so?", "scenario=reasoning"),
                            "reasoning": summary}  # fmt: skip
    for name, body in cases.items():
        body = {"model": api.model, **body}
        yield Heard(f"responses: {name}", "Response", api.send("POST", "responses", body))
        events = api.send("POST", "responses", {**body, "stream": True})
        yield Heard(f"responses: {name}, streamed", "ResponseStreamEvent", events)
    yield from _kept(api)


def _kept(api: Api) -> Iterator[Heard]:
    body = {"model": api.model, "input": api.said("Hello again.")}
    [first] = api.send("POST", "responses", body)
    follow = {**body, "input": api.said("Go on."), "previous_response_id": first["id"]}
    yield Heard("responses: gone on from", "Response", api.send("POST", "responses", follow))
    path = f"responses/{first['id']}"
    yield Heard("responses: retrieved", "Response", api.send("GET", path))
    slow = f"{api.said('Count to 400.')}".replace("speed=1000", "tokens=400 speed=0.1")
    begun = api.send("POST", "responses", {**body, "input": slow, "background": True})
    yield Heard("responses: in the background", "Response", begun)
    name = begun[0]["id"]
    cancelled = api.send("POST", f"responses/{name}/cancel")
    yield Heard("responses: cancelled", "Response", cancelled)
    whole = {**body, "input": api.said("Count."), "background": True, "stream": True}
    events = api.send("POST", "responses", whole)
    yield Heard("responses: in the background, streamed", "ResponseStreamEvent", events)
    name = events[0]["response"]["id"]
    again = api.send("GET", f"responses/{name}?stream=true&starting_after=3")
    yield Heard("responses: events again", "ResponseStreamEvent", again)
    yield Heard("responses: deleted", "ResponseDeleted", api.send("DELETE", path))


def _conversations(api: Api) -> Iterator[Heard]:
    call = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
    result = {"type": "function_call_output", "call_id": "call_1", "output": "Rain."}
    picture = {"type": "input_image", "image_url": PIXEL}
    items: list[Json] = [
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": [{"type": "input_text", "text": "What is it?"}, picture]},
    ]
    body: Json = {"items": items, "metadata": {"by": "drift"}}
    [made] = api.send("POST", "conversations", body)
    yield Heard("conversations: begun", "Conversation", [made])
    path = f"conversations/{made['id']}"
    asked = {"model": api.model, "input": api.said("Say hello."), "conversation": made["id"]}
    yield Heard("responses: in a conversation", "Response", api.send("POST", "responses", asked))
    added = api.send("POST", f"{path}/items", {"items": [call, result]})
    yield Heard("conversations: added to", "ConversationItemList", added)
    listed = api.send("GET", f"{path}/items?limit=5&order=asc")
    yield Heard("conversations: listed", "ConversationItemList", listed)
    [item, *_] = listed[0]["data"]
    one = f"{path}/items/{item['id']}"
    yield Heard("conversations: an item", "ConversationItem", api.send("GET", one))
    yield Heard("conversations: an item less", "Conversation", api.send("DELETE", one))
    labelled = api.send("POST", path, {"metadata": {"by": "drift", "seen": "yes"}})
    yield Heard("conversations: labelled", "Conversation", labelled)
    yield Heard("conversations: retrieved", "Conversation", api.send("GET", path))
    yield Heard("conversations: deleted", "ConversationDeleted", api.send("DELETE", path))


def _others(api: Api) -> Iterator[Heard]:
    instruct = {"model": "gpt-3.5-turbo-instruct", "max_tokens": 12}
    cases: dict[str, Json] = {"text": {}, "echo": {"echo": True, "logprobs": 2, "n": 2}}
    for name, more in cases.items():
        body = {**instruct, **more, "prompt": api.said("Once upon a time")}
        yield Heard(f"completions: {name}", "Completion", api.send("POST", "completions", body))
        streamed = {**body, "stream": True, "stream_options": {"include_usage": True}}
        chunks = api.send("POST", "completions", streamed)
        yield Heard(f"completions: {name}, streamed", "Completion", chunks)
    small = {"model": "text-embedding-3-small", "input": ["near", "nearly"]}
    sizes: list[Json] = [{}, {"dimensions": 64}, {"encoding_format": "base64"}]
    for more in sizes:
        name = f"embeddings: {', '.join(more) or 'floats'}"
        documents = api.send("POST", "embeddings", {**small, **more})
        yield Heard(name, "CreateEmbeddingResponse", documents)
    moderated: list[Any] = ["I like bread.", ["I like bread.", "I will kill you."],
                            [{"type": "text", "text": "Bread."}]]  # fmt: skip
    for given in moderated:
        body = {"model": "omni-moderation-latest", "input": given}
        documents = api.send("POST", "moderations", body)
        yield Heard("moderations", "ModerationCreateResponse", documents)
    [listed] = api.send("GET", "models")
    yield Heard("models", "Model", listed["data"])
    yield Heard("one model", "Model", api.send("GET", "models/gpt-4o"))
