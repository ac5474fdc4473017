"""Which names the server answers to: a name that somebody bound to its address is none of them."""

import pytest
from pydantic import ValidationError

from tokentape.access.hosts import answers_to
from tokentape.settings import Settings

EVIL = "evil.example:8000"


@pytest.mark.parametrize(
    ("given", "right", "wrong"),
    [
        (
            {},
            (
                None,
                "",
                "localhost",
                "LOCALHOST:8000",
                "127.0.0.1:8000",
                "[::1]:8000",
                "app.localhost",
            ),
            (EVIL, "127.0.0.1.evil.example", "localhost.evil.example", "localhostevil", "x:y:z"),
        ),
        (
            {"host": "::1", "allowed_hosts": "chat.example, *.tests.example"},
            ("chat.example", "Chat.Example:443", "chat.example.", "a.tests.example", "localhost"),
            (EVIL, "a.chat.example", "tests.example", "eviltests.example", "chat.example.evil"),
        ),
        ({"host": "192.0.2.1"}, (EVIL, "chat.example"), ()),
        ({"host": "192.0.2.1", "allowed_hosts": "chat.example"}, ("10.0.0.7:80",), (EVIL,)),
        ({"allowed_hosts": "*"}, (EVIL, "chat.example"), ()),
    ],
    ids=["on loopback", "by name", "for everybody", "for everybody by name", "any"],
)
def test_a_server_answers_to_its_own_names(
    given: dict[str, str], right: tuple[str | None, ...], wrong: tuple[str, ...]
) -> None:
    settings = Settings.model_validate(given)
    assert [host for host in right if not answers_to(host, settings)] == []
    assert [host for host in wrong if answers_to(host, settings)] == []


@pytest.mark.parametrize("given", ["http://chat.example", "*.", "chat.example:8000", "a b", "**"])
def test_what_is_no_name_is_refused_at_the_door(given: str) -> None:
    with pytest.raises(ValidationError, match=r"write each as chat\.example"):
        Settings(allowed_hosts=given)
