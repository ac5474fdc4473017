"""A request that was refused stands in the journal, with what was wrong in it."""

import json
from typing import Any

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat, raw_answer, serving


def newest(served: Served, session: str) -> dict[str, Any]:
    found = httpx2.get(
        f"{served.root}/__mock__/requests",
        params={"limit": 1, "frames": 1},
        headers={"x-mock-session": session},
    )
    (entry,) = found.json()["requests"]
    return dict(entry)


@pytest.mark.parametrize(
    ("body", "model", "last_user", "status", "why"),
    [
        (chat("hi") | {"top_k": 1}, "gpt-4o", "hi", 400, "Unknown parameter: 'top_k'"),
        (chat("hi [[mock: scenario=helo]]"), "gpt-4o", "hi [[mock: scenario=helo]]", 400,
         "did you mean 'hello'"),
        ({"model": "gpt-4o", "messages": []}, "gpt-4o", "", 400, "empty array"),
        ({"model": 5, "messages": [{"role": "user", "content": [{"type": "text", "text": "in"}]}]},
         "", "in", 400, "Invalid type for 'model'"),
        ([1], "", "", 400, "must be an object"),
    ],
)  # fmt: skip
def test_what_was_wrong_is_in_the_journal(
    served: Served, body: Any, model: str, last_user: str, status: int, why: str
) -> None:
    session = f"refused {why}"
    headers = {"x-mock-session": session, "authorization": "Bearer secret"}
    answer = httpx2.post(f"{served.url}/chat/completions", json=body, headers=headers)
    entry = newest(served, session)
    assert answer.headers["x-mock-stream"] == entry["id"]
    assert (answer.status_code, entry["status"], entry["state"]) == (status, status, "refused")
    assert (entry["endpoint"], entry["scenario"]) == ("chat.completions", "")
    assert (entry["model"], entry["last_user"]) == (model, last_user)
    assert entry["why"].startswith("refused: ")
    assert why in entry["why"]
    assert json.loads(entry["body"]) == body
    assert "secret" not in json.dumps(entry)
    (frame,) = entry["frames"]
    assert (frame["kind"], frame["size"]) == ("error", len(answer.content))


def test_a_body_that_is_no_json_is_kept_as_it_came(served: Served) -> None:
    session = {"x-mock-session": "no JSON"}
    answer = httpx2.post(f"{served.url}/chat/completions", content=b"{no", headers=session)
    assert answer.status_code == 400
    assert newest(served, "no JSON")["body"] == "{no"


def test_a_wrong_address_is_noted_with_its_method(served: Served) -> None:
    session = {"x-mock-session": "wrong address"}
    answer = httpx2.post(f"{served.root}/chat/completions", json=chat("hi"), headers=session)
    entry = newest(served, "wrong address")
    assert (answer.status_code, entry["status"]) == (404, 404)
    assert entry["endpoint"] == "POST /chat/completions"
    assert "The base URL ends with /v1" in entry["why"]


def test_what_no_scenario_fits_is_noted_with_the_one_that_came_near() -> None:
    with serving("--strict", "--require-key") as strict:
        key = {"authorization": "Bearer any"}
        assert strict.post(chat("nobody answers this"), **key).status_code == 404
        entry = strict.journal("nobody answers this")[0]
        assert (entry["status"], entry["state"]) == (404, "refused")
        assert entry["why"].startswith("refused: --strict: ")
        assert strict.post(chat("without a key")).status_code == 401
        assert strict.journal("without a key")[0]["status"] == 401


def test_refused_requests_are_counted_and_answered_with_http_s_own_words(served: Served) -> None:
    request = (
        b"POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\ncontent-length: 2\r\n"
        b"connection: close\r\n\r\n[]"
    )
    head = raw_answer(served.address, request).partition(b"\r\n")[0]
    assert head == b"HTTP/1.1 400 Bad Request"


def test_the_same_wrong_request_again_is_a_fault_of_the_client(served: Served) -> None:
    session = {"x-mock-session": "again and again"}
    for _ in range(2):
        httpx2.post(f"{served.url}/chat/completions", json={"model": "x"}, headers=session)
    told = httpx2.get(f"{served.root}/__mock__/verdict", headers=session).json()
    assert [sin["sin"] for sin in told["sins"]] == ["retried_in_vain"]
    assert "400" in told["sins"][0]["message"]
    # What may be well the next time is worth another try.
    other = {"x-mock-session": "limited"}
    for _ in range(2):
        served.post(chat("hi [[mock: fault=refuse:409]]"), **other)
    told = httpx2.get(f"{served.root}/__mock__/verdict", headers=other).json()
    assert told["ok"]


def test_long_requests_that_begin_alike_are_not_the_same(served: Served) -> None:
    session = {"x-mock-session": "alike at first"}
    for number in range(2):
        long = chat("x" * 20_000) | {"model": 5, "zz": number}
        assert served.post(long, **session).status_code == 400
    told = httpx2.get(f"{served.root}/__mock__/verdict", headers=session).json()
    assert told["ok"]
