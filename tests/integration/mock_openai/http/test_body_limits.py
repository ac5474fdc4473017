"""What a body may hold, counted piece by piece as it comes in; and large bodies on the wire."""

import json
import time
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_openai.errors import ApiError
from mock_openai.http import body_limits
from mock_openai.http.body_limits import MOST_MEMBERS, MOST_VALUES, BodyLimits
from tests.integration.mock_openai.conftest import Served, chat, raw_answer, serving

TRICKY = st.text(st.sampled_from('ab\\"[]{}:,\n'), max_size=12)
JSON = st.recursive(
    st.integers() | TRICKY,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TRICKY, inner, max_size=4),
    max_leaves=12,
)


def refusal_of(body: bytes, size: int = 65_536) -> ApiError | None:
    counting = BodyLimits()
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return next(filter(None, map(counting.receive, pieces)), None)


def members(value: Any) -> int:
    if isinstance(value, list):
        return 1 + sum(map(members, value))
    if isinstance(value, dict):
        return 1 + len(value) + sum(map(members, value.values()))
    return 0


@given(value=JSON, size=st.integers(1, 9))
def test_what_stands_outside_of_texts_is_counted_however_it_is_cut(value: Any, size: int) -> None:
    held = members(value)
    with pytest.MonkeyPatch.context() as patch:
        for most in (held, held - 1):
            patch.setattr(body_limits, "MOST_MEMBERS", most)
            assert (refusal_of(json.dumps(value).encode(), size) is None) is (most == held)


@pytest.mark.parametrize(
    ("value", "most"),
    [
        ([[]] * MOST_MEMBERS, "arrays, objects and fields"),
        ([{"a": 1}] * (MOST_MEMBERS // 2), "arrays, objects and fields"),
        (dict.fromkeys(map(str, range(MOST_MEMBERS)), 0), "arrays, objects and fields"),
        ([1] * (MOST_VALUES + 2), "values"),
    ],
)
def test_a_body_that_holds_too_much_is_refused_as_it_comes_in(value: Any, most: str) -> None:
    refused = refusal_of(json.dumps({"x": value}).encode())
    assert refused is not None
    assert (refused.status, refused.code) == (413, "too_large")
    assert refused.message.endswith(f"{most}.")


@pytest.mark.parametrize(
    "value",
    [
        {"image": "A" * 1_000_000, "said": '{"a": [1, 2]}, ' * 50_000},
        {"input": [list(range(8_000))] * 37},
    ],
)
def test_long_texts_and_many_tokens_are_taken(value: Any) -> None:
    assert refusal_of(json.dumps(value).encode()) is None


@pytest.fixture(scope="module")
def narrow() -> Iterator[Served]:
    with serving("--largest-body", "1000000") as running:
        yield running


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        ({"user": "x" * 900_000}, 200, "chat.completion"),
        ({"user": "x" * 1_100_000}, 413, "larger than 1,000,000 bytes (see mock-openai serve"),
        ({"prediction": [[]] * 60_000}, 413, "more than 50,000 arrays"),
    ],
)
def test_large_bodies_are_answered_or_refused_with_the_bound(
    narrow: Served, more: dict[str, Any], status: int, says: str, chunked: bool
) -> None:
    content = json.dumps(chat("hi [[mock: speed=1000]]", **more)).encode()
    pieces = (content[at : at + 5_000] for at in range(0, len(content), 5_000))
    sent = pieces if chunked else content
    answer = httpx2.post(f"{narrow.url}/chat/completions", content=sent, timeout=20)
    assert answer.status_code == status
    assert says in answer.text


def test_a_large_upload_lets_others_have_their_turn(narrow: Served) -> None:
    """Single bytes, each an HTTP chunk: what is dearest to read. All of it came in one turn."""
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\ntransfer-encoding: chunked\r\n\r\n"
    asked = chat("beside [[mock: tokens=5000 first=0ms gap=1ms]]", stream=True)
    url = f"{narrow.url}/chat/completions"
    with httpx2.stream("POST", url, json=asked, timeout=20) as stream:
        coming = stream.iter_bytes()  # closes the stream when it goes
        next(coming)
        begun_ns = time.monotonic_ns()
        raw_answer(narrow.address, head + b"1\r\nx\r\n" * 900_000 + b"0\r\n\r\n", b"HTTP/1.1 400")
        ended_ns = time.monotonic_ns()
    rows = narrow.wait("beside", "client_closed")["frames"]
    written = [row["written_ns"] for row in rows if begun_ns < row["written_ns"] < ended_ns]
    silences = [later - earlier for earlier, later in pairwise([begun_ns, *written, ended_ns])]
    assert max(silences) < (ended_ns - begun_ns) / 2
