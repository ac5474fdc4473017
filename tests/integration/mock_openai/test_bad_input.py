"""Whatever a request says: an answer, or an error in OpenAI's shape. No 500, no hang, no growth."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st

from mock_openai.catalog.scenario_files import LIBRARY, ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from mock_openai.planning.planner import Planner
from mock_openai.server.openapi import openapi
from mock_openai.settings import Settings
from mock_openai.storage.responses import ResponseStore
from tests.harness.chance import FUZZING, by_chance, examples
from tests.integration.mock_openai.conftest import Served, raw_answer, serving
from tests.unit.mock_openai.bodies import claude

ERROR = {"message", "type", "param", "code"}
QUICK = {"x-mock-speed": "1000"}


def is_fair(answer: httpx2.Response) -> bool:
    """An answer, or a refusal as OpenAI or Anthropic word them."""
    if answer.status_code == 200:
        return True
    body = answer.json()
    content = body["error"]
    fields = {"message", "type"} if body.get("type") == "error" else ERROR
    return 400 <= answer.status_code < 500 and set(content) == fields and bool(content["message"])


PLANNER = Planner(ScenarioFiles(), Settings())
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["function", "json_schema", "auto", "required", "user", "text", "message"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=10,
)
DIRECTIVES = st.from_regex(
    r"hi \[\[mock:( [a-z]{1,9}=[a-z0-9@:.%-]{0,12}){0,4}\]{0,2}", fullmatch=True
)


def fields_of(path: str) -> st.SearchStrategy[dict[str, Any]]:
    names = sorted(ENDPOINTS[path].request["properties"])
    return st.dictionaries(st.sampled_from(names), JSON, max_size=4)


@examples(40)
@pytest.mark.parametrize("path", sorted(ENDPOINTS))
@given(data=st.data())
def test_a_wild_field_is_answered_or_refused_by_name(path: str, data: st.DataObject) -> None:
    text = data.draw(DIRECTIVES | st.text(max_size=30))
    body: dict[str, Any] = {"model": "gpt-4o", "input": text}
    if path.endswith("/chat/completions"):
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}
    elif path.endswith("/completions"):
        body = {"model": "gpt-4o", "prompt": text}
    elif path == "/v1/messages":
        body = claude(text or "hi")
    elif path.startswith("/v1/messages/"):
        body = {"model": "m", "messages": [{"role": "user", "content": text or "hi"}]}
    body |= data.draw(fields_of(path))
    content = json.dumps(body, default=str).encode("utf-8", "surrogatepass")
    assert is_planned(path, content)


def is_planned(path: str, content: bytes) -> bool:
    """A plan, or a refusal with words."""
    try:
        return bool(PLANNER.plan(ENDPOINTS[path], {}, content).plan.frames)
    except ApiError as error:
        return 400 <= error.status < 500 and bool(error.message)


@examples(60)
@given(
    message=st.fixed_dictionaries(
        {"role": st.sampled_from(["user", "assistant", "tool", "developer"])},
        optional={
            "content": JSON,
            "tool_calls": JSON,
            "tool_call_id": JSON,
            "refusal": JSON,
            "type": st.sampled_from(["message", "function_call", "reasoning"]),
        },
    ),
    item=st.dictionaries(
        st.sampled_from(["type", "role", "content", "output", "call_id", "name", "id"]), JSON
    ),
)
def test_wild_messages_and_items_are_heard_or_refused(
    message: dict[str, Any], item: dict[str, Any]
) -> None:
    for path, body in (
        ("/v1/chat/completions", {"messages": [message]}),
        ("/v1/responses", {"input": [message, item]}),
        ("/v1/moderations", {"input": [item]}),
        ("/v1/messages", {"max_tokens": 9, "messages": [message]}),
        ("/v1/messages", claude("", messages=[{"role": "user", "content": [item, message]}])),
    ):
        content = json.dumps({"model": "gpt-4o", **body}).encode("utf-8", "surrogatepass")
        assert is_planned(path, content)


@pytest.fixture(scope="module")
def fuzzed() -> Iterator[Served]:
    """A server of its own: what grows here is this module's."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def asking(fuzzed: Served) -> Iterator[httpx2.Client]:
    headers = {"anthropic-version": "2023-06-01"}
    with httpx2.Client(base_url=fuzzed.root, headers=headers, timeout=20) as client:
        yield client


HEADERS = st.dictionaries(
    st.sampled_from(
        ["x-mock-scenario", "x-mock-seed", "x-mock-fault", "x-mock-hold", "x-mock-speed",
         "x-mock-tokens", "x-mock-session", "authorization", "content-type", "expect"]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=30).map(str.strip),
    max_size=3,
)  # fmt: skip
BODIES = st.binary(max_size=60) | JSON.map(lambda body: json.dumps(body).encode())


@examples(60)
@given(headers=HEADERS, body=BODIES, path=st.sampled_from(sorted(ENDPOINTS)))
def test_wild_headers_and_bodies_get_a_fair_answer(
    asking: httpx2.Client, headers: dict[str, str], body: bytes, path: str
) -> None:
    encoded = {
        name.encode(): value.encode("latin-1") for name, value in {**QUICK, **headers}.items()
    }
    assert is_fair(asking.post(path, content=body, headers=encoded))


@examples(30)
@given(
    name=st.text(min_size=1, max_size=30),
    query=st.dictionaries(st.sampled_from(["stream", "starting_after", "include"]), st.text()),
    method=st.sampled_from(["GET", "POST", "DELETE", "PUT", "HEAD", "OPTIONS"]),
    cancel=st.booleans(),
)
def test_wild_paths_and_queries_get_a_fair_answer(
    asking: httpx2.Client, name: str, query: dict[str, str], method: str, cancel: bool
) -> None:
    safe = quote(name.encode("utf-8", "surrogatepass"), safe="")
    url = f"/v1/responses/{safe}{'/cancel' if cancel else ''}"
    params = {key: value.encode("utf-8", "surrogatepass") for key, value in query.items()}
    answer = asking.request(method, url, params=params)
    assert answer.status_code in (400, 404, 405)
    assert method == "HEAD" or set(answer.json()["error"]) == ERROR


@pytest.mark.parametrize("path", ["/v1/responses/", "/v1/responses/%2F", "/v1/chat/completions/"])
def test_an_address_with_a_slash_too_many_is_told_not_redirected(
    asking: httpx2.Client, path: str
) -> None:
    answer = asking.post(path, json={"model": "gpt-4"})
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == ERROR


PAGE = openapi()
OPERATIONS = [
    (method, path)
    for path, methods in PAGE["paths"].items()
    if path.startswith("/v1/")
    for method in methods
]


@cache
def schema() -> schemathesis.BaseSchema:
    """Made only where it is used: that takes seconds."""
    return schemathesis.openapi.from_dict(PAGE)


def is_as_described(case: Any, url: str) -> None:
    """Ask, and hold the answer against the page."""
    case.headers = {key: value for key, value in (case.headers or {}).items() if "Mock" not in key}
    case.headers.update(QUICK)
    answer = case.call(base_url=url, timeout=60)
    case.validate_response(
        answer,
        checks=[
            schemathesis.checks.not_a_server_error,
            schemathesis.checks.response_schema_conformance,
            schemathesis.checks.content_type_conformance,
            schemathesis.checks.status_code_conformance,
        ],
    )


@by_chance
@pytest.mark.parametrize(("method", "path"), OPERATIONS)
def test_the_page_that_describes_the_mock_is_true(method: str, path: str, fuzzed: Served) -> None:
    @given(case=schema()[path][method].as_strategy())
    @examples(8)
    def ask(case: Any) -> None:
        is_as_described(case, fuzzed.root)

    ask()


if FUZZING:

    @schema().include(path_regex="^/v1/").parametrize()
    @examples(4)
    def test_it_is_true_at_every_edge(case: Any, fuzzed: Served) -> None:
        """Schemathesis's own edges of each schema, some hundred an operation."""
        is_as_described(case, fuzzed.root)


def test_bodies_at_the_edge_of_json_are_refused(asking: httpx2.Client) -> None:
    deep = "[" * 2_000 + "]" * 2_000
    nested = '{"a":' * 300 + "1" + "}" * 300
    loop = {"$defs": {"a": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}
    heavy = {"type": "string", "pattern": "(a{999}){999}"}
    said = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}
    for body in (
        deep,
        f'{{"model": "m", "messages": {deep}}}',
        f'{{"model": "m", "messages": [{{"role": "user", "content": "x"}}], "metadata": {nested}}}',
        '{"model": "m", "messages": [{"role": "user", "content": "x"}], "seed": 1e999}',
        *(
            json.dumps(
                {**said, "response_format": {"type": "json_schema",
                                             "json_schema": {"name": "x", "schema": schema}}}
            )
            for schema in (loop, heavy, {"type": "array", "minItems": 10**12})
        ),
    ):  # fmt: skip
        answer = asking.post("/v1/chat/completions", content=body)
        assert answer.status_code == 400, body[:100]
        assert set(answer.json()["error"]) == ERROR


def test_the_archive_is_bounded_in_entries_and_bytes() -> None:
    archive = ResponseStore(most=20, most_bytes=100_000)
    responses = ENDPOINTS["/v1/responses"]
    previous: dict[str, str] = {}
    for number in range(200):
        text = f"{number} [[mock: scenario=instant]] " + "word " * (number % 50) * 20
        body = json.dumps({"model": "m", "input": text, **previous}).encode()
        planned = PLANNER.plan(responses, {}, body, lambda name: archive.recall("", name))
        before = archive.recall("", planned.request.previous) if planned.request.previous else ()
        archive.store("", planned, number, lambda: None, before)
        assert len(archive) <= 20
        assert archive.size <= 100_000 or len(archive) == 1
        name = json.loads(planned.plan.frames[0].data)["id"]
        previous = {"previous_response_id": name} if number % 7 else {}
    assert archive.find("", name)
    archive.clear()
    assert (len(archive), archive.size) == (0, 0)


def test_every_shipped_scenario_answers_every_endpoint() -> None:
    tool = {"name": "get_weather", "parameters": {"type": "object"}}
    bodies: dict[str, dict[str, Any]] = {
        "/v1/chat/completions": {"messages": [{"role": "user", "content": "x"}],
                                 "tools": [{"type": "function", "function": tool}]},
        "/v1/responses": {"input": "x", "tools": [{"type": "function", **tool}]},
        "/v1/embeddings": {"input": "x"},
        "/v1/moderations": {"input": "x"},
        "/v1/messages": claude("x", tools=[{"name": "get_weather", "input_schema": {}}]),
    }  # fmt: skip
    for path, body in bodies.items():
        for file in sorted(LIBRARY.glob("*.yaml")):
            for stream in (True, False):
                if stream and "stream" not in ENDPOINTS[path].request["properties"]:
                    continue
                more: dict[str, Any] = {"stream": True} if stream else {}
                content = json.dumps({**body, "model": f"m@{file.stem}", **more}).encode()
                planned = PLANNER.plan(ENDPOINTS[path], {}, content)
                assert planned.scenario == file.stem


def test_what_is_no_http_is_refused_in_openais_shape_too(fuzzed: Served) -> None:
    answer = raw_answer(fuzzed.address, b"POST /v1/chat/completions HTTP/1.1\r\nx: \x7f\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert set(json.loads(body)["error"]) == ERROR


MANY = [{"role": "user", "content": "x"}] * 3_000


def chat_of(text: str, **more: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": text}]
    return {"model": "m", "messages": messages, **more}


@pytest.mark.parametrize(
    ("path", "body", "param"),
    [
        ("chat/completions", chat_of("word " * 1_000_000), "messages"),
        ("chat/completions", chat_of("word " * 500_000, model="m@echo"), "messages"),
        ("chat/completions", chat_of("x [[mock: tokens=100000]]", n=128), "n"),
        (
            "chat/completions",
            chat_of("x [[mock: tokens=9000]]", logprobs=True, top_logprobs=20),
            "top_logprobs",
        ),
        ("chat/completions", {"model": "m", "messages": MANY}, "messages"),
        ("chat/completions", chat_of("[[mock: seed=1]]" * 1_000), "seed"),
        ("chat/completions", chat_of("[[mock: " + "fault=cut@3 " * 1_000 + "]]"), "fault"),
        ("responses", {"model": "m", "input": "word " * 1_000_000}, "input"),
        ("completions", {"model": "m", "prompt": "word " * 1_000_000}, "prompt"),
        ("completions", {"model": "m", "prompt": ["x"] * 200}, "n"),
        ("embeddings", {"model": "m", "input": "word " * 1_000_000}, "input"),
        ("embeddings", {"model": "m", "input": ["x"] * 3_000}, "input"),
        ("moderations", {"input": "word " * 1_000_000}, "input"),
        ("messages", claude("word " * 1_000_000), "messages"),
        ("messages/count_tokens", {"model": "m", "messages": MANY * 40}, "messages"),
    ],
)
def test_what_would_take_too_long_is_refused_by_name(
    path: str, body: dict[str, Any], param: str
) -> None:
    with pytest.raises(ApiError) as refused:
        PLANNER.plan(ENDPOINTS[f"/v1/{path}"], {}, json.dumps(body).encode())
    assert (refused.value.status, refused.value.param) == (400, param)


def test_white_space_before_directives_is_no_burden() -> None:
    planned = PLANNER.plan(
        ENDPOINTS["/v1/chat/completions"],
        {},
        json.dumps(chat_of("a" + " " * 200_000 + "[[mock: scenario=echo]] b")).encode(),
    )
    assert planned.plan.text == "a b"


@pytest.mark.parametrize("path", ENDPOINTS)
def test_json_nested_too_deep_is_refused_at_every_endpoint(
    asking: httpx2.Client, path: str
) -> None:
    for levels in (255, 300, 1_000, 1_023, 1_100, 3_000):
        for deep in ("[" * levels + "]" * levels, '{"a":' * levels + "1" + "}" * levels):
            tool = f'{{"type":"function","name":"f","parameters":{{"type":"object","x":{deep}}}}}'
            messages = '[{"role":"user","content":"hi"}]'
            body = f'{{"model":"gpt-4","messages":{messages},"input":"hi","tools":[{tool}]}}'
            answer = asking.post(path, content=body.encode())
            assert (levels, answer.status_code) == (levels, 400)
            assert "nested deeper than 250 levels" in answer.json()["error"]["message"]
