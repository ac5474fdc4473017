"""Wild requests to the admin routes: no 500, no hang, and what is put wrongly changes nothing."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tests.integration.mock_openai.conftest import Served, chat

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["contains", "times", "at_least", "model", "scenario", "request", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)
BODIES = st.one_of(
    JSON.map(lambda value: json.dumps(value).encode()),
    st.binary(max_size=40),
    st.text("steps: [{say}]\n\"'&*!{%}", max_size=40).map(str.encode),
)
WORDS = st.text(st.characters(min_codepoint=33, max_codepoint=255), min_size=1, max_size=12)
PATHS = st.one_of(
    st.sampled_from(
        [
            "verify",
            "plan",
            "scenarios/preview",
            "scenarios/check",
            "reset",
            "scenarios/a",
            "requests",
            "streams",
            "faults",
            "record",
        ]
    ),
    WORDS.map(lambda word: f"scenarios/{word}"),
    WORDS.map(lambda word: f"streams/{word}/release"),
)
QUERIES = st.dictionaries(
    st.sampled_from(["wait", "timeout", "n", "limit", "storm", "window", "patience", "endpoint"]),
    WORDS,
    max_size=3,
)


@pytest.fixture(scope="module")
def asking(served: Served) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{served.root}/__mock__/", timeout=20) as client:
        client.headers["x-mock-session"] = "wild"
        yield client


@examples(150)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]), path=PATHS, query=QUERIES, body=BODIES
)
def test_a_wild_admin_request_gets_a_fair_answer(
    asking: httpx2.Client, method: str, path: str, query: dict[str, str], body: bytes
) -> None:
    answer = asking.request(method, quote(path, safe="/"), params=query, content=body)
    assert answer.status_code < 500
    if answer.status_code >= 400 and answer.status_code != 409:
        assert answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "verify", {"times": True}),
        ("POST", "verify", {"contains": 7}),
        ("POST", "verify", [1]),
        ("POST", "scenarios/preview", {"scenario": "steps: []"}),
        ("POST", "scenarios/preview", {"request": {}}),
        ("GET", "verdict?storm=1", None),
        ("GET", "verdict?patience=nan", None),
        ("GET", "requests?limit=99999999999999999999", None),
    ],
)
def test_a_wrong_admin_request_is_refused_by_name(
    asking: httpx2.Client, method: str, path: str, body: Any
) -> None:
    answer = asking.request(method, path, json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_a_body_without_end_is_refused(asking: httpx2.Client) -> None:
    answer = asking.put("scenarios/large", content=b"#" * 5_000_000)
    assert answer.status_code == 413


def test_what_was_put_wrongly_changes_nothing(served: Served, asking: httpx2.Client) -> None:
    good = "pace: {first_token_ms: 0, between_tokens_ms: 0}\nsteps: [{say: Good.}]\n"
    assert asking.put("scenarios/kept", content=good).status_code == 200
    assert asking.put("scenarios/kept", content="steps: [{sing: Bad.}]").status_code == 400
    body = chat("hi [[mock: scenario=kept]]")
    answer = served.post(body, **{"x-mock-session": "wild"})
    assert answer.json()["choices"][0]["message"]["content"] == "Good."


def test_a_scenario_in_json_keeps_characters_that_json_escapes_in_two_halves(
    asking: httpx2.Client,
) -> None:
    """Python's own JSON writes each beyond U+FFFF so."""
    scenario = {
        "name": "family",
        "by_name_only": True,
        "steps": [{"say": "\U0001f468 and \U0001f469"}],
    }
    assert asking.put("scenarios/family", content=json.dumps(scenario)).is_success
    listed = asking.get("scenarios")
    assert "family" in [one["name"] for one in listed.json()["scenarios"]]
    planned = asking.post("plan", json=chat("hi [[mock: scenario=family]]"))
    assert "\U0001f468" in str(planned.json())
    for half in ('{"name": "h", "steps": [{"say": "\\ud83d"}]}', '{"\\ud83d": 1}'):
        answer = asking.put("scenarios/h", content=half)
        assert answer.status_code == 400
        assert "half of a character" in answer.json()["error"]["message"]
    assert asking.delete("scenarios/family").is_success
