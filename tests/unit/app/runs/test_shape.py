"""What all chunks of a stream share: read by it, a chunk says what it says when it is parsed."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.runs.deltas import Deltas
from tokentape.runs.shape import TRIES, Shape


def chunk(text: str, **more: Any) -> bytes:
    delta = {"content": text}
    choice = {"index": 0, "delta": delta, "finish_reason": None, "logprobs": None}
    return orjson.dumps({"id": "a", "model": "m", "choices": [choice], **more})


def taught(frame: bytes, text: str) -> Shape:
    shape = Shape()
    shape.learn(frame, orjson.loads(frame), text)
    return shape


@pytest.mark.parametrize("text", ["x", "a", "m", "0", "content", "\\", '"', "é", "👋", "\n", "?"])
def test_a_chunk_of_the_shape_is_read_whatever_text_was_first(text: str) -> None:
    shape = taught(chunk(text), text)
    for other in ("a", "null", '"', "\\", "é👋", "\u2028", "?", "long " * 99):
        assert shape.text(chunk(other)) == other


@pytest.mark.parametrize(
    "frame",
    [
        chunk(""),
        chunk("x").replace(b'"x"', b"null"),
        chunk("x").replace(b'"x"', b"1"),
        chunk("x").replace(b'"x"', b'"x","refusal":"y"'),
        chunk("x").replace(b'"x"', b'"x'),
        chunk("x").replace(b'"x"', b'"\xff"'),
        chunk("x").replace(b'"x"', b'"\\ud83d"'),
        chunk("x").replace(b'"finish_reason":null', b'"finish_reason":"stop"'),
        chunk("x", usage={"total_tokens": 1}),
        chunk("x", error="y"),
        chunk("x")[:-1],
        chunk("x")[1:],
        b"",
    ],
)
def test_any_other_chunk_is_left_to_be_parsed(frame: bytes) -> None:
    assert taught(chunk("x"), "x").text(frame) == ""


def test_of_two_fields_of_one_name_the_parser_takes_the_last_so_no_shape_is_learned() -> None:
    frame = b'{"choices":[{"index":0,"delta":{"content":"x","content":"x"},"finish_reason":null}]}'
    assert taught(frame, "x").text(frame.replace(b'"x",', b'"y",')) == ""


def test_where_each_chunk_is_another_no_more_are_looked_at() -> None:
    shape = Shape()
    for number in range(TRIES + 1):
        frame = chunk("x", at=number)
        assert shape.text(frame) == ""
        shape.learn(frame, orjson.loads(frame), "x")
    assert shape.text(chunk("x", at=TRIES)) == ""
    assert shape.text(chunk("y", at=TRIES - 1)) == "y"


TEXTS = st.lists(st.text(st.characters(codec="utf-8")), max_size=12)


@given(TEXTS, st.booleans())
def test_a_stream_says_the_same_in_one_spelling_and_in_many(
    texts: list[str], escaped: bool
) -> None:
    """Chunk by chunk with a field that always differs, which no shape has, and without."""
    plain, odd = Deltas(), Deltas()
    for number, text in enumerate(texts):
        frame = chunk(text)
        if escaped:
            frame = json.dumps(json.loads(frame)).encode()
        assert plain.texts([frame]) == odd.texts([chunk(text, at=number)])
    assert plain.chunks == odd.chunks
