"""Requests with parameters that OpenAI does not know: one more reading for all of them."""

from collections.abc import Mapping
from typing import Any

import pytest

from mock_openai.endpoints import Endpoint, chat
from mock_openai.endpoints.anthropic import create_message
from mock_openai.errors import ApiError
from mock_openai.planning.lenient_read import MOST_UNKNOWN, read_leniently
from mock_openai.request.overrides import Overrides
from mock_openai.request.parsed_request import ParsedRequest

Asked = dict[str, Any]
KNOWN: Asked = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}]}


class Reader:
    """Reads as the endpoint does, and counts."""

    def __init__(self, endpoint: Endpoint = chat.ENDPOINT) -> None:
        self._endpoint = endpoint
        self.readings = 0

    def __call__(self, body: Asked, headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
        self.readings += 1
        return self._endpoint.read(body, headers)


def test_any_number_of_unknown_parameters_is_one_more_reading() -> None:
    message = {"role": "user", "content": "hi", "a.b": 1, "c": 2}
    options: Asked = {"stream": True, "stream_options": {"f": 4}}
    body = KNOWN | {"messages": [message, message], "d[0].e": 3, **options}
    body |= {f"g{n}": n for n in range(MOST_UNKNOWN - 6)}
    read = Reader()
    reading = read_leniently(read, body, {})
    assert read.readings == 2
    assert list(reading.unknown.items())[:6] == [
        ("messages[0].a.b", 1),
        ("messages[0].c", 2),
        ("messages[1].a.b", 1),
        ("messages[1].c", 2),
        ("d[0].e", 3),
        ("stream_options.f", 4),
    ]
    assert len(reading.unknown) == len(reading.refusals) == MOST_UNKNOWN
    assert reading.request is not None
    clean = {"role": "user", "content": "hi"}
    options["stream_options"] = {}
    assert reading.request.body == KNOWN | {"messages": [clean, clean], **options}
    assert (message["c"], body["d[0].e"]) == (2, 3), "what came is left as it is"


def test_one_too_many_is_refused_after_as_few_readings() -> None:
    body = KNOWN | {f"x{n}": n for n in range(MOST_UNKNOWN + 1)}
    read = Reader()
    reading = read_leniently(read, body, {})
    assert (read.readings, reading.request, len(reading.unknown)) == (2, None, MOST_UNKNOWN)
    assert reading.later is not None
    assert reading.later.param == f"x{MOST_UNKNOWN}"


def test_what_is_wrong_besides_is_said_and_where_nothing_is_unknown_raised() -> None:
    wrong = {"top_k": 1, "temperature": 9, "min_p": 1}
    reading = read_leniently(Reader(), KNOWN | wrong, {})
    assert (list(reading.unknown), reading.later and reading.later.param) == (
        ["top_k"],
        "temperature",
    )
    with pytest.raises(ApiError, match="temperature"):
        read_leniently(Reader(), KNOWN | {"temperature": 9, "top_k": 1}, {})
    with pytest.raises(ApiError, match="top_k"):  # nothing is collected any more
        chat.ENDPOINT.read(KNOWN | {"top_k": 1}, {})


def test_so_it_is_in_anthropics_words() -> None:
    message = {"role": "user", "content": "hi", "a": 1}
    known = {"model": "claude", "max_tokens": 9, "messages": [message, message]}
    read = Reader(create_message.ENDPOINT)
    reading = read_leniently(read, known | {f"b{n}": n for n in range(50)}, {})
    assert (read.readings, len(reading.unknown), reading.later) == (2, 52, None)
    assert list(reading.unknown)[:3] == ["messages.0.a", "messages.1.a", "b0"]
