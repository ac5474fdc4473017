"""What a stream adds up to does not depend on how its bytes arrive."""

import json
from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.upstream_streams.streams import Stream, all_streams
from tokentape.event_stream import TooLong
from tokentape.runs.deltas import Deltas
from tokentape.runs.sse_frames import Frames
from tokentape.runs.upstream_errors import UpstreamFailure

SMALL = [
    stream
    for stream in all_streams()
    if len(stream.body) < 10_000 and "Content-Encoding" not in stream.headers
]
every_small_stream = pytest.mark.parametrize("stream", SMALL, ids=lambda stream: stream.name)

Sum = tuple[str, str | None, str | None, int | None]
"""Text, failure, finish_reason and tokens."""


def add_up(pieces: Iterable[bytes]) -> Sum:
    """Fold the pieces as the relay does."""
    deltas, frames, text = Deltas(), Frames(), ""
    code = None
    try:
        for piece in pieces:
            text += "".join(deltas.texts(frames.feed(piece)))
            if deltas.fault:
                raise deltas.fault
            if deltas.done:
                break
        text += deltas.rest()
        deltas.verdict()
    except UpstreamFailure as failure:
        code = failure.code
    except TooLong:
        code = "too long"
    return text, code, deltas.finish_reason, deltas.total_tokens


@every_small_stream
def test_byte_after_byte_is_all_at_once(stream: Stream) -> None:
    body = stream.body
    assert add_up(body[at : at + 1] for at in range(len(body))) == add_up([body])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(SMALL), st.lists(st.floats(0, 1), max_size=8))
def test_cuts_anywhere_are_all_at_once(stream: Stream, cuts: list[float]) -> None:
    body = stream.body
    edges = [0, *sorted(round(cut * len(body)) for cut in cuts), len(body)]
    assert add_up(body[start:end] for start, end in pairwise(edges)) == add_up([body])


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(SMALL), st.floats(0, 1))
def test_what_is_cut_off_is_never_more_than_the_whole(stream: Stream, cut: float) -> None:
    """A part is truncated, or broken as the whole is, or says all that the whole says."""
    body = stream.body
    text, code, _, _ = add_up([body[: round(cut * len(body))]])
    whole_text, whole_code, _, _ = add_up([body])
    if code is None and whole_code is None:
        assert whole_text.startswith(text)
    assert code is not None or text or not whole_text or "finish_reason" in body.decode("latin-1")


@pytest.mark.parametrize("count", [2**64, 2**53])
def test_what_no_json_holds_is_not_told_of_the_end(count: int) -> None:
    usage = {"prompt_tokens": count, "completion_tokens": count, "total_tokens": count}
    chunk = {"model": "a\ud800", "choices": [{"delta": {"content": "a"}}], "usage": usage}
    deltas = Deltas()
    deltas.texts([json.dumps(chunk).encode()])
    assert (deltas.model, deltas.total_tokens, deltas.prompt_tokens) == ("a\ufffd", None, 0)
