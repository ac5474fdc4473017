"""The page at `/__mock__/`: who gets it, what it may load, and that its files hold no data."""

import re

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, served, serving
from tests.unit.mock_openai.bodies import chat

__all__ = ["served"]

FILES = ("", "page/page.css", "page/page.js", "page/admin_api.js", "page/nodes.js", "page/views.js")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"host": "evil.example"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
    ],
)
def test_its_files_are_for_whom_the_admin_routes_are_for(
    served: Served, headers: dict[str, str], status: int
) -> None:
    for name in FILES:
        answer = httpx2.get(f"{served.root}/__mock__/{name}", headers=headers)
        assert answer.status_code == status, name
        assert "access-control-allow-origin" not in answer.headers


def test_it_loads_its_own_files_and_no_page_holds_it(served: Served) -> None:
    page = httpx2.get(f"{served.root}/__mock__/")
    policy = dict(part.strip().split(" ", 1) for part in
                  page.headers["content-security-policy"].split(";"))  # fmt: skip
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
    }
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cross-origin-resource-policy"] == "same-origin"
    loaded = re.findall(r'(?:src|href)="(?!data:)([^"]+)"', page.text)
    assert {name.removeprefix("/__mock__/") for name in loaded} <= {*FILES}
    for name in FILES:
        text = httpx2.get(f"{served.root}/__mock__/{name}").text
        assert "://" not in text.replace("http://www.w3.org", ""), name
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval", text)


def test_where_there_is_a_token_the_files_are_open_and_the_data_is_not() -> None:
    with serving("--admin-token", "sesame") as mock:
        mock.post(chat("A secret of the journal"))
        for name in FILES:
            answer = httpx2.get(f"{mock.root}/__mock__/{name}")
            assert answer.status_code == 200
            assert "A secret" not in answer.text
        for name in ("streams", "requests", "scenarios", "streams/s1"):
            assert httpx2.get(f"{mock.root}/__mock__/{name}").status_code == 403


def test_an_entry_comes_without_its_frames(served: Served) -> None:
    answer = served.post(chat("frames or none [[mock: scenario=instant]]"))
    url = f"{served.root}/__mock__/streams/{answer.headers['x-mock-stream']}"
    whole, short = httpx2.get(url).json(), httpx2.get(f"{url}?frames=0").json()
    assert whole.pop("frames")
    assert short == whole
