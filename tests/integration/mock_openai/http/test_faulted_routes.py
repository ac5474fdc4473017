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


def test_what_strikes_streams_alone_is_named(served: Served) -> None:
    answer = httpx2.get(f"{served.url}/models", headers={"X-Mock-Fault": "cut@3"})
    assert answer.status_code == 400
    assert "'cut' can't strike it" in answer.json()["error"]["message"]
