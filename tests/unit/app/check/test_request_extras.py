"""What is typed as a header, a parameter or an address, and what is answered to a mistake."""

import re
from typing import Any

import pytest

from tokentape.check.address import read_address, shown_address
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.read_config import read_config
from tokentape.check.request_extras import read_headers, read_query
from tokentape.check.secrets import Secrets
from tokentape.contract.openai import CHAT


def test_headers_are_read_as_they_are_written() -> None:
    assert read_headers(("A: b", "C:d:e ", "F: ")) == {"A": "b", "C": "d:e", "F": ""}


@pytest.mark.parametrize(
    ("given", "answer"),
    [
        (("secret",), "--header: write it as 'Name: value'."),
        (("a: b", ": secret"), "--header (number 2): write it as 'Name: value'."),
        (("two words: secret",), "--header: write it as"),
        (("A: se\ncret",), "--header A: it has characters that no header may have."),
        (("A: sécret",), "--header A: it has characters"),
        (("A: secret", "a: secret"), "--header a: it was given twice."),
        (("Content-Length: 5",), "--header Content-Length: it belongs to the connection"),
        (("Sec-WebSocket-Key: secret",), "it belongs to the connection"),
    ],
)
def test_a_header_that_is_none_is_answered_without_its_value(
    given: tuple[str, ...], answer: str
) -> None:
    with pytest.raises(CouldNotRun, match=re.escape(answer)) as found:
        read_headers(given)
    assert "secret" not in str(found.value)


def test_parameters_are_read_as_they_are_written() -> None:
    given = ("a=b", "a=c", "d=e=f&g", "h=")
    assert read_query(given) == (("a", "b"), ("a", "c"), ("d", "e=f&g"), ("h", ""))
    for wrong in ("secret", "=secret"):
        with pytest.raises(CouldNotRun, match="write it as name=value") as found:
            read_query((wrong,))
        assert "secret" not in str(found.value)


@pytest.mark.parametrize(
    ("url", "root", "query"),
    [
        ("http://x", "http://x", ()),
        ("http://x/", "http://x", ()),
        ("https://x:1/a/b/?c=d%26&e", "https://x:1/a/b", (("c", "d&"), ("e", ""))),
        ("http://u:p@[::1]:9/a", "http://[::1]:9/a", ()),
        (" http://x/v1/chat/completions?a=b#c", "http://x/v1", (("a", "b"),)),
    ],
)
def test_an_address_is_taken_apart(url: str, root: str, query: tuple[tuple[str, str], ...]) -> None:
    address = read_address(url, CHAT)
    assert (address.url, address.query) == (root, query)


@pytest.mark.parametrize(
    "url", ["x", "ftp://x", "http://", "http://x:y", "//x", "http://u:secret@"]
)
def test_what_is_no_address_is_answered_without_its_password(url: str) -> None:
    with pytest.raises(CouldNotRun, match="is no address: write it as http://") as found:
        read_address(url, CHAT)
    assert "secret" not in str(found.value)


def test_an_address_is_shown_without_the_values_of_its_query() -> None:
    query = (("api-version", "2024-10-21"), ("key", "secret"))
    assert shown_address("http://x/v1", query) == "http://x/v1?api-version=2024-10-21&key=***"
    assert shown_address("http://x/v1", ()) == "http://x/v1"


@pytest.mark.parametrize(
    "more", [{"url": "http://u:p@x"}, {"url": "http://x", "headers": ("Authorization: x",)}]
)
def test_two_that_are_sent_as_one_header_are_one_too_many(more: dict[str, Any]) -> None:
    with pytest.raises(CouldNotRun, match="are sent as one header: leave one of them out"):
        read_config(contract=CHAT, token="t", **more)


def test_secrets_are_taken_out_as_they_were_given_and_as_addresses_have_them() -> None:
    secrets = Secrets.of("a b/c-d", None, "abc")
    assert secrets.out_of("x a b/c-d a%20b%2Fc-d a+b%2Fc-d abc") == "x *** *** *** abc"
    assert secrets.out_of_json({"a b/c-d": ["a b/c-d", 1]}) == {"***": ["***", 1]}
    assert "a b/c-d" not in repr(secrets)


def test_what_looks_like_a_key_is_shown_to_nobody() -> None:
    secrets = Secrets.of()
    said = "Incorrect API key provided: sk-proj-abc***xyz or eyJhbGciOiJub25lIn0.e30.c2ln."
    assert secrets.out_of_words(said) == "Incorrect API key provided: *** or ***."
    assert secrets.out_of_words("risk-averse, sk-none") == "risk-averse, sk-none"
