"""What is typed as a header, a parameter or an address, and what is answered to a mistake."""

import re
from dataclasses import replace
from typing import Any

import pytest

from tokentape.check.address import read_address, shown_address
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.check.read_config import read_config
from tokentape.check.request_extras import read_headers, read_query
from tokentape.check.scenario_export import scenario
from tokentape.check.secrets import Secrets
from tokentape.check.tape_file import written
from tokentape.contract.contract import Contract, RequestTemplate, pick
from tokentape.contract.openai import CHAT
from tokentape.contract.timeline import see, text_of
from tokentape.dialects.contracts import CONTRACTS


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


def observed(contract: Contract, *events: tuple[str, str, Any]) -> Observation:
    timeline = [
        see(contract, event, payload, at_ns=number, event_id=event_id)
        for number, (event, event_id, payload) in enumerate(events)
    ]
    return Observation(turn=1, viewer=1, contract=contract, timeline=tuple(timeline), started_ns=0)


KEY = "sk-abcdefgh12345678"
NUMBERED = CONTRACTS["ai-chat/sse"]


def piece(text: str, **more: Any) -> tuple[str, str, Any]:
    choice = {"index": 0, "delta": {"content": text, **more}, "finish_reason": None}
    return "", "", {"object": "chat.completion.chunk", "choices": [choice]}


def test_a_secret_is_in_no_part_of_an_event() -> None:
    secrets = Secrets.of(KEY)
    said = observed(
        NUMBERED,
        (KEY, f"{KEY}:7", {"content": KEY, KEY: [KEY]}),
        ("", "", {"error": "no", "code": KEY}),
        ("", "", {"runId": KEY, "seq": 1, "content": "a"}),
    )
    clean = secrets.out_of_observation(said)
    assert KEY not in repr(clean)
    assert KEY not in "".join(written(clean, "http://x", "Hi"))
    first = clean.timeline[0]
    assert (first.event, first.run, first.seq, first.text) == ("***", "***", 7, "***")


@pytest.mark.parametrize("length", [1, 4, len(KEY) - 1])
@pytest.mark.parametrize("field", ["content", "reasoning_content"])
def test_a_secret_in_pieces_is_put_together_by_nobody(length: int, field: str) -> None:
    parts = [KEY[at : at + length] for at in range(0, len(KEY), length)]
    events = [piece("", **{field: part}) for part in ("It is ", *parts, " or so")]
    clean = Secrets.of(KEY).out_of_observation(observed(CHAT, *events))
    deltas = [pick(event.payload, f"choices.0.delta.{field}") for event in clean.timeline]
    assert deltas == ["It is ", *["***"] * len(parts), " or so"]
    assert text_of(clean.timeline) == ("".join(deltas) if field == "content" else "")
    assert KEY not in scenario(clean, "said-again", "http://x")


def test_pieces_of_no_secret_stay_as_they_are() -> None:
    events = [piece("sk-abcdefgh"), piece("1234"), ("", "", {"choices": []}), piece(f"a{KEY}b")]
    clean = Secrets.of(KEY).out_of_observation(observed(CHAT, *events))
    assert text_of(clean.timeline) == "sk-abcdefgh1234a***b"


def test_what_a_contract_s_author_wrote_for_a_server_alone_is_on_no_tape() -> None:
    start = RequestTemplate(
        method="POST",
        path="/",
        body={"question": "$message"},
        headers={"X-Api-Key": KEY, "Authorization": "Bearer of-the-author", "Accept": "text/plain"},
        query={"access_token": "in-the-query", "version": "2026-11"},
    )
    config = read_config(contract=replace(CHAT, start=start), url="http://127.0.0.1:1")
    clean = Secrets.shown_for(config).out_of_observation(observed(config.contract, piece("a")))
    tape = "".join(written(clean, config.address, config.message))
    for secret in (KEY, "of-the-author", "in-the-query"):
        assert secret not in tape
    assert "text/plain" in tape
    assert "2026-11" in tape
