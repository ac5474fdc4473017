"""Reasoning and tool calls in the spellings of many servers."""

import json
from itertools import pairwise
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.upstream_streams.streams import Stream, all_streams
from tokentape.event_stream import TooLong
from tokentape.runs.asides import Asides
from tokentape.runs.deltas import Deltas
from tokentape.runs.events import Reasoning, ToolCallArguments, ToolCallStarted
from tokentape.runs.sse_frames import Frame, Frames
from tokentape.runs.upstream_errors import UpstreamFailure

Told = list[tuple[str, ...]]
"""What was said, in order: neighbours of one kind are one."""
FINISH = {"choices": [{"index": 0, "delta": {}, "finish_reason": "tool_calls"}]}


def delta(delta: dict[str, Any]) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": delta}]}


def reasons(text: str, name: str = "reasoning_content") -> dict[str, Any]:
    return delta({"content": None, name: text})


def says(text: str) -> dict[str, Any]:
    return delta({"content": text})


def calls(*pieces: dict[str, Any]) -> dict[str, Any]:
    return delta({"tool_calls": list(pieces)})


def piece(name: str | None = None, arguments: Any = None, **more: Any) -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {
        **more,
        "function": {key: value for key, value in function.items() if value is not None},
    }


class Reader:
    """Notes what a fold gives away, read for read."""

    def __init__(self) -> None:
        self.asides = Asides()
        self.deltas = Deltas(self.asides)
        self.told: Told = []
        self._names: dict[str, str] = {}

    def read(self, frames: list[Frame]) -> None:
        self.note(self.deltas.texts(frames))

    def end(self) -> None:
        """Raises `UpstreamFailure` where the answer is not whole."""
        rest = self.deltas.rest()
        self.note([rest] if rest else [])
        self.deltas.verdict()

    def note(self, texts: list[str]) -> None:
        start = 0
        for at, some in self.asides.drain():
            self._add("text", "".join(texts[start:at]))
            start = at
            for one in some:
                match one:
                    case Reasoning(content):
                        self._add("reasoning", content)
                    case ToolCallStarted(call_id, name):
                        # An id of ours is another one each time.
                        number = f"{len(self._names) + 1}"
                        self._names[call_id] = number if call_id.startswith("call_") else call_id
                        self.told.append(("call", self._names[call_id], name))
                    case ToolCallArguments(call_id, content):
                        self._add("arguments", self._names[call_id], content)
        self._add("text", "".join(texts[start:]))

    def _add(self, *said: str) -> None:
        if not said[-1]:
            return
        if self.told and self.told[-1][:-1] == said[:-1] and said[0] != "call":
            said = (*said[:-1], self.told.pop()[-1] + said[-1])
        self.told.append(said)


def told(*chunks: dict[str, Any]) -> Told:
    """What is given away of a whole answer of these chunks, read one by one and all at once."""
    frames: list[Frame] = [json.dumps(chunk).encode() for chunk in (*chunks, FINISH)]
    one_by_one, at_once = Reader(), Reader()
    for frame in frames:
        one_by_one.read([frame])
    at_once.read(frames)
    for reader in (one_by_one, at_once):
        reader.end()
    assert one_by_one.told == at_once.told
    return at_once.told


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_reasoning_stands_where_it_was_said(name: str) -> None:
    chunks = [reasons("h", name), reasons("m", name), says("Hel"), reasons("so", name), says("lo")]
    assert told(*chunks) == [
        ("reasoning", "hm"),
        ("text", "Hel"),
        ("reasoning", "so"),
        ("text", "lo"),
    ]


SPELLED = {
    "under two names": {"reasoning_content": "hm", "reasoning": "hm"},
    "in details": {"content": "", "reasoning_details": [{"type": "reasoning.text", "text": "hm"}]},
    "as a summary": {"reasoning_details": [{"type": "reasoning.summary", "summary": "hm"}]},
    "in parts of thinking": {
        "content": [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]}]
    },
    "in parts of a summary": {
        "content": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "hm"}]}]
    },
}


@pytest.mark.parametrize("spelled", SPELLED.values(), ids=SPELLED)
def test_reasoning_is_read_in_the_spellings_that_there_are(spelled: dict[str, Any]) -> None:
    assert told(delta(spelled), says("Hello")) == [("reasoning", "hm"), ("text", "Hello")]


def test_what_is_encrypted_is_no_reasoning() -> None:
    hidden = delta({"reasoning_details": [{"type": "reasoning.encrypted", "data": "eA=="}]})
    assert told(hidden, says("Hello")) == [("text", "Hello")]


def test_calls_of_openai_come_in_pieces_under_their_index() -> None:
    assert told(
        calls(piece("f", "", index=0, id="a"), piece("g", "", index=1, id="b")),
        calls(piece(arguments='{"x"', index=0)),
        calls(piece(arguments="[1", index=1), piece(arguments=":1}", index=0)),
        calls(piece(arguments="]", index=1)),
    ) == [
        ("call", "a", "f"),
        ("call", "b", "g"),
        ("arguments", "a", '{"x"'),
        ("arguments", "b", "[1"),
        ("arguments", "a", ":1}"),
        ("arguments", "b", "]"),
    ]


LIKE_ONE = {
    "whole": [calls(piece("f", '{"x":1}', index=0, id="a"))],
    "null id and name later": [
        calls(piece("f", "", index=0, id="a")),
        calls({"index": 0, "id": None, "function": {"name": None, "arguments": '{"x":1}'}}),
    ],
    "empty id and name later": [
        calls(piece("f", '{"x"', index=0, id="a")),
        calls(piece("", ":1}", index=0, id="")),
    ],
    "id and name in each": [
        calls(piece("f", '{"x"', index=0, id="a")),
        calls(piece("f", ":1}", index=0, id="a")),
    ],
    "without index": [calls(piece("f", '{"x"', id="a")), calls(piece(arguments=":1}", id="a"))],
    "without index and id later": [
        calls(piece("f", "", id="a")),
        calls(piece(arguments='{"x":1}')),
    ],
    "the name after the arguments": [
        calls(piece(arguments='{"x"', index=0, id="a")),
        calls(piece("f", ":1}", index=0)),
    ],
    "an object in place of a list": [delta({"tool_calls": piece("f", '{"x":1}', index=0, id="a")})],
    "null arguments first": [
        calls({"index": 0, "id": "a", "function": {"name": "f", "arguments": None}}),
        calls(piece(arguments='{"x":1}', index=0)),
    ],
}


@pytest.mark.parametrize("chunks", LIKE_ONE.values(), ids=LIKE_ONE)
def test_a_call_is_one_call_however_it_is_spelled(chunks: list[dict[str, Any]]) -> None:
    assert told(*chunks) == [("call", "a", "f"), ("arguments", "a", '{"x":1}')]


def test_arguments_may_be_an_object() -> None:
    assert told(calls(piece("f", {"x": 1}, id="a")))[1] == ("arguments", "a", '{"x": 1}')


def test_no_arguments_are_an_empty_object() -> None:
    one, other = piece("f", "", index=0, id="a"), piece("g", index=1, id="b")
    assert told(calls(one, other))[2:] == [("arguments", "a", "{}"), ("arguments", "b", "{}")]


def test_halves_of_a_character_are_one_in_each_text() -> None:
    a, b = piece("f", '"\ud83d', index=0, id="a"), piece(arguments='\ude00"', index=0)
    assert told(reasons("\ud83d"), calls(a), says("\ud83d"), reasons("\ude00"), calls(b)) == [
        ("call", "a", "f"),
        ("arguments", "a", '"'),
        ("reasoning", "\U0001f600"),
        ("arguments", "a", '\U0001f600"'),
        ("text", "\ufffd"),
    ]


def test_halves_of_characters_in_ids_and_names_are_replaced() -> None:
    one, other = (
        piece("\ud800f", "1", index=0, id="a\udc00"),
        piece("g", "2", index=1, id="b\ud800"),
    )
    assert told(calls(one), calls(other)) == [
        ("call", "a\ufffd", "\ufffdf"),
        ("arguments", "a\ufffd", "1"),
        ("call", "b\ufffd", "g"),
        ("arguments", "b\ufffd", "2"),
    ]


def test_two_calls_stay_two_whatever_is_missing() -> None:
    spelled = {
        "without index and id": [piece("f", "1"), piece("g", "2")],
        "empty ids": [piece("f", "1", index=0, id=""), piece("g", "2", index=1, id="")],
        "one id": [piece("f", "1", index=0, id="call_0"), piece("g", "2", index=1, id="call_0")],
        "one index": [piece("f", "1", index=0, id="call_a"), piece("g", "2", index=0, id="call_b")],
    }
    two = [("call", "1", "f"), ("arguments", "1", "1"), ("call", "2", "g"), ("arguments", "2", "2")]
    for pieces in spelled.values():
        assert told(*[calls(one) for one in pieces]) == two
        assert told(calls(*pieces)) == two


def test_the_function_call_of_old_is_a_call() -> None:
    chunks = [{"name": "f", "arguments": ""}, {"arguments": "{}"}]
    assert told(*[delta({"function_call": one}) for one in chunks]) == [
        ("call", "1", "f"),
        ("arguments", "1", "{}"),
    ]


def test_a_whole_completion_says_it_in_its_message() -> None:
    message = {
        "content": "Hello",
        "reasoning_content": "hm",
        "tool_calls": [piece("f", "{}", id="a")],
    }
    whole = {"object": "chat.completion", "choices": [{"index": 0, "message": message}]}
    assert told(whole) == [
        ("reasoning", "hm"),
        ("call", "a", "f"),
        ("arguments", "a", "{}"),
        ("text", "Hello"),
    ]
    # After the deltas it says all once more.
    assert told(reasons("hm"), says("Hello"), whole) == [("reasoning", "hm"), ("text", "Hello")]


@pytest.mark.parametrize(
    ("one", "reason", "code"),
    [
        (piece("f", '{"x"', index=0, id="a"), "tool_calls", "UPSTREAM_MALFORMED"),
        (piece("f", '{"x"', index=0, id="a"), "length", "UPSTREAM_TRUNCATED"),
        (piece(arguments="{}", index=0, id="a"), "tool_calls", "UPSTREAM_MALFORMED"),
        (piece("f", '{"x": NaN}', index=0, id="a"), "tool_calls", "UPSTREAM_MALFORMED"),
    ],
)
def test_a_call_that_nobody_can_make_is_no_whole_answer(
    one: dict[str, Any], reason: str, code: str
) -> None:
    reader = Reader()
    end = {"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]}
    reader.read([orjson.dumps(calls(one)), orjson.dumps(end)])
    with pytest.raises(UpstreamFailure) as failure:
        reader.end()
    assert failure.value.code == code


def test_who_takes_no_asides_gets_the_text_alone_and_an_answer_of_calls_is_whole() -> None:
    deltas = Deltas()
    chunks = [reasons("hm"), calls(piece("f", '{"x"', index=0, id="a")), FINISH]
    assert deltas.texts([orjson.dumps(chunk) for chunk in chunks]) == []
    deltas.verdict()
    assert deltas.finish_reason == "tool_calls"


SMALL = [
    stream
    for stream in all_streams()
    if len(stream.body) < 10_000 and "Content-Encoding" not in stream.headers
]


def add_up(pieces: list[bytes]) -> tuple[Told, str | None]:
    """What is told of a stream whose bytes come so, and how it fails."""
    reader, frames = Reader(), Frames()
    try:
        for some in pieces:
            reader.read(frames.feed(some))
            if reader.deltas.fault:
                raise reader.deltas.fault
            if reader.deltas.done:
                break
        reader.end()
    except UpstreamFailure as failure:
        return reader.told, failure.code
    except TooLong:
        return reader.told, "too long"
    return reader.told, None


@given(st.sampled_from(SMALL), st.lists(st.floats(0, 1), max_size=8))
def test_what_is_told_does_not_depend_on_how_the_bytes_arrive(
    stream: Stream, cuts: list[float]
) -> None:
    body = stream.body
    edges = [0, *sorted(round(cut * len(body)) for cut in cuts), len(body)]
    assert add_up([body[start:end] for start, end in pairwise(edges)]) == add_up([body])


@given(st.sampled_from(SMALL))
def test_the_text_is_that_of_who_takes_no_asides(stream: Stream) -> None:
    deltas, frames = Deltas(), Frames()
    try:
        texts = deltas.texts(frames.feed(stream.body))
    except TooLong:
        return
    text = "".join([*texts, "" if deltas.fault else deltas.rest()])
    assert "".join(one[-1] for one in add_up([stream.body])[0] if one[0] == "text") == text
