"""One seed fixes everything, on every endpoint: in any process, worker, order and load."""

import asyncio
import json
from collections.abc import Iterator
from random import Random
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_openai.catalog.scenario_files import ScenarioFiles
from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError
from mock_openai.planning.planner import Planner
from mock_openai.settings import Settings
from tests.drift.asking import CHAT_FORMAT, TEXT_FORMAT, TOOLS
from tests.harness.chance import examples
from tests.integration.mock_openai.conftest import Served, serving

TEXTS = st.text(max_size=40).filter(lambda text: "[[" not in text)
SCENARIOS = st.sampled_from(
    ["", "scenario=tool-call", "scenario=reasoning", "scenario=refusal", "scenario=jitter",
     "scenario=structured", "scenario=bursty seed=3", "tokens=7", "scenario=unicode"]
)  # fmt: skip


@st.composite
def requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """(path, body) of any endpoint."""
    path = draw(st.sampled_from(sorted(ENDPOINTS)))
    text = f"{draw(TEXTS)} [[mock: {draw(SCENARIOS)} first=0 gap=1ms speed=1000]]"
    stream: dict[str, Any] = {"stream": draw(st.booleans())}
    if path == "/v1/embeddings":
        return path, {"model": "text-embedding-3-small", "input": ["x" + text], "dimensions": 8}
    if path == "/v1/moderations":
        return path, {"input": text}
    if path == "/v1/completions":
        options = {"n": draw(st.integers(1, 3)), "logprobs": draw(st.none() | st.integers(0, 3))}
        return path, {"model": "gpt-4o", "prompt": text, **options, **stream}
    if path.startswith("/v1/messages"):
        whole = path.endswith("/messages")
        said = {"messages": [{"role": "user", "content": text}]}
        tools = [{"name": "f", "input_schema": {"type": "object"}}]
        return path, {"model": "m", **said, "tools": tools} | (
            {"max_tokens": draw(st.integers(1, 90)), **stream} if whole else {}
        )
    if path == "/v1/responses":
        formatted = {"text": {"format": TEXT_FORMAT}}
        more: Any = draw(st.sampled_from([{}, formatted, {"top_logprobs": 1}]))
        tools = [{"type": "function", **TOOLS[0]["function"]}]  # type: ignore[dict-item] # it is one
        return path, {"model": "gpt-4o", "input": text, "tools": tools, **more, **stream}
    more = draw(
        st.sampled_from(
            [{}, {"response_format": CHAT_FORMAT}, {"logprobs": True}, {"max_tokens": 5}]
        )
    )
    messages = [{"role": "user", "content": text}]
    choices = {"n": draw(st.integers(1, 3))}
    return path, {"model": "gpt-4o", "messages": messages, "tools": TOOLS, **choices, **more,
                  **stream}  # fmt: skip


def planned(path: str, body: dict[str, Any]) -> tuple[Any, ...]:
    planner = Planner(SHELF, Settings())
    try:
        planned = planner.plan(ENDPOINTS[path], {}, json.dumps(body).encode())
    except ApiError as error:  # a scenario that calls tools, where there are none
        return (), error.param, ""
    return planned.plan.frames, planned.plan.headers, planned.plan.text


SHELF = ScenarioFiles()


@examples(40)
@given(asked=requests())
def test_a_plan_depends_on_nothing_but_the_request(asked: tuple[str, dict[str, Any]]) -> None:
    path, body = asked
    shuffled = list(body.items())
    Random(1).shuffle(shuffled)
    assert planned(path, body) == planned(path, dict(shuffled))
    frames, _, text = planned(path, body)
    assert [frame.due_ns for frame in frames] == sorted(frame.due_ns for frame in frames)
    if "stream" in body:
        assert planned(path, {**body, "stream": not body["stream"]})[2] == text


@pytest.fixture(scope="module")
def drawn() -> list[tuple[str, bytes]]:
    """A fixed choice of requests, as they go over the wire."""
    found: list[tuple[str, bytes]] = []

    @examples(25)
    @given(asked=requests())
    def draw(asked: tuple[str, dict[str, Any]]) -> None:
        found.append((asked[0], json.dumps(asked[1]).encode()))

    draw()
    return found


VERSION = {"anthropic-version": "2023-06-01"}


def request_id(answer: httpx2.Response) -> str | None:
    return answer.headers.get("x-request-id") or answer.headers["request-id"]


def answers(served: Served, asked: list[tuple[str, bytes]]) -> list[tuple[int, bytes, str | None]]:
    async def all_at_once() -> list[tuple[int, bytes, str | None]]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(
            base_url=served.root, headers=VERSION, limits=limits, timeout=60
        ) as asking:
            given = await asyncio.gather(*(asking.post(path, content=body) for path, body in asked))
        return [(one.status_code, one.content, request_id(one)) for one in given]

    return asyncio.run(all_at_once())


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Served]:
    with serving("--workers", "2") as running:
        yield running


def test_the_bytes_are_the_same_in_two_processes_two_workers_and_under_load(
    served: Served, two_workers: Served, drawn: list[tuple[str, bytes]]
) -> None:
    once = answers(served, drawn)
    assert {status for status, _, _ in once} <= {200, 400}
    crowd = list(reversed(drawn * 4))
    assert answers(served, crowd) == list(reversed(once * 4))
    assert answers(two_workers, drawn * 2) == once * 2


def test_another_seed_is_another_answer(served: Served) -> None:
    body = {"model": "gpt-4o", "input": "Hello. [[mock: speed=1000]]"}
    first = httpx2.post(f"{served.url}/responses", json=body).json()
    other = httpx2.post(f"{served.url}/responses", json=body, headers={"x-mock-seed": "9"}).json()
    assert first["id"] != other["id"]
    assert first["output"] != other["output"]


def test_the_plan_says_what_was_sent_and_when_on_every_endpoint(served: Served) -> None:
    asked: dict[str, dict[str, Any]] = {
        "chat.completions": {"messages": [{"role": "user", "content": "PLAN chat"}], "n": 2},
        "responses": {"input": "PLAN responses"},
        "completions": {"prompt": "PLAN completions"},
        "messages": {"messages": [{"role": "user", "content": "PLAN messages"}], "max_tokens": 99},
    }
    for name, body in asked.items():
        path = next(one.path for one in ENDPOINTS.values() if one.name == name)
        for stream in (True, False):
            headers = {"x-mock-scenario": "jitter", "x-mock-speed": "50", **VERSION}
            content = {"model": "gpt-4o", **body, "stream": stream}
            url = f"{served.root}/__mock__/plan?endpoint={name}"
            plan = httpx2.post(url, json=content, headers=headers).json()
            sent = httpx2.post(served.root + path, json=content, headers=headers)
            assert "".join(frame["data"] for frame in plan["frames"]) == sent.text
            entry = served.wait(f"PLAN {name.partition('.')[0]}", "finished")
            assert [row["due_ns"] - entry["started_ns"] for row in entry["frames"]] == [
                frame["due_ns"] for frame in plan["frames"]
            ]
