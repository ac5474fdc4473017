"""Address: the page finds its own server whatever the client called it."""

from typing import Any

import pytest
from starlette.requests import Request

from tokentape.ui.address import own_url


def request(server: Any) -> Request:
    headers = [(b"host", b"chat.example.org")]
    return Request(
        {
            "type": "http",
            "scheme": "https",
            "path": "/ui/",
            "query_string": b"",
            "headers": headers,
            "server": server,
        }
    )


@pytest.mark.parametrize(
    ("server", "url"),
    [
        (("127.0.0.1", 8000), "http://127.0.0.1:8000"),
        (("::1", 8000), "http://[::1]:8000"),
        (("/run/app.sock", None), "https://chat.example.org"),
        (None, "https://chat.example.org"),
    ],
)
def test_the_socket_s_address_counts_and_not_the_name_in_the_header(server: Any, url: str) -> None:
    assert own_url(request(server)) == url
