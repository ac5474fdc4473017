"""Models and what is stored may be refused too."""

import httpx2
import pytest
from openai import InternalServerError, OpenAI

from tests.integration.mock_openai.conftest import Served


@pytest.mark.parametrize("path", ["models", "models/gpt-4o", "responses/resp_1/input_items"])
def test_a_route_that_is_not_played_is_refused_as_scripted(served: Served, path: str) -> None:
    headers = {"X-Mock-Fault": "refuse:429;retry-after=7;code=insufficient_quota"}
    answer = httpx2.get(f"{served.url}/{path}", headers=headers)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.json()["error"]["code"] == "insufficient_quota"


def test_the_official_client_raises(served: Served) -> None:
    client = OpenAI(base_url=served.url, api_key="any", max_retries=0)
    with pytest.raises(InternalServerError):
        client.models.list(extra_headers={"X-Mock-Fault": "refuse:503"})


@pytest.mark.parametrize(
    ("faults", "problem"),
    [
        ("cut@3", "'cut' at chunk 3"),
        ("refuse:503, cut@3", "'cut' at chunk 3"),
        ("cut@3, refuse:503", "'cut' at chunk 3"),
        ("refuse@chunk 3:503", "'refuse' at chunk 3"),
        ("html", "'html' at request"),
    ],
)
def test_what_does_not_strike_at_the_request_is_named(
    served: Served, faults: str, problem: str
) -> None:
    answer = httpx2.get(f"{served.url}/models", headers={"X-Mock-Fault": faults})
    assert answer.status_code == 400
    assert f"{problem} can't strike it" in answer.json()["error"]["message"]


def test_of_several_refusals_the_last_counts_as_where_it_is_played(served: Served) -> None:
    headers = {"X-Mock-Fault": "refuse:503, refuse:418"}
    assert httpx2.get(f"{served.url}/models", headers=headers).status_code == 418


def test_it_is_refused_in_the_words_of_the_profile(served: Served) -> None:
    headers = {"X-Mock-Fault": "refuse:429", "X-Mock-Profile": "mistral"}
    listed = httpx2.get(f"{served.url}/models", headers=headers)
    body = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
    played = httpx2.post(f"{served.url}/chat/completions", json=body, headers=headers)
    assert listed.json() == played.json()
    assert listed.json()["raw_status_code"] == 429
