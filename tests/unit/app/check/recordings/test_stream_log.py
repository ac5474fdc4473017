"""What `curl` printed: with a head and without, CRLF, comments, a byte order mark, broken off."""

import gzip

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tests.unit.app.check.recordings.files import CONTRACT, DUE, WIRE, WORDS, head, kinds, sse
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.check.recordings.recording import observation_of
from tokentape.check.recordings.stream_log import read_stream_log
from tokentape.contract.verdict import Expectation, Verdict, judge
from tokentape.event_stream import BOM, MOST_PENDING

WHOLE = Expectation(text="".join(WORDS), outcome="completed")


def seen(*blocks: bytes) -> Observation:
    return observation_of(read_stream_log(blocks), CONTRACT, 1)


def judged(*blocks: bytes) -> Verdict:
    one = seen(*blocks)
    return judge(CONTRACT, one.timeline, 0, WHOLE, one.noticed)


def found(*blocks: bytes) -> list[tuple[str, str]]:
    return [(one.kind, one.about) for one in judged(*blocks).violations]


@examples(30)
@given(
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    comment=st.sampled_from(["", "keep-alive"]),
    begins=st.sampled_from([b"", BOM, head(), head(end="\n")]),
    cut=st.integers(1, 40),
)
def test_body_is_the_same_however_it_was_written(
    end: str, comment: str, begins: bytes, cut: int
) -> None:
    log = begins + sse(end=end, comment=comment)
    one = seen(*(log[at : at + cut] for at in range(0, len(log), cut)))
    assert (kinds(one.timeline), one.noticed) == (DUE, ())
    verdict = judged(log)
    assert (verdict.right, verdict.text, verdict.outcome) == (True, WHOLE.text, "completed")
    assert one.times == "unknown"


def test_each_event_knows_its_line() -> None:
    log = head() + sse(end="\r\n", comment="so far")
    numbered = dict(enumerate(log.decode().split("\r\n"), 1))
    one = seen(log)
    assert len(one.lines) == len(WIRE)
    for line in one.lines:
        assert numbered[line] == ": so far", "an event begins with its comment"
    spaced = b"\n\n" + sse()
    assert [spaced.decode().split("\n")[line - 1][:5] for line in seen(spaced).lines] == [
        "data:"
    ] * len(WIRE)


def test_what_was_cut_anywhere_is_never_right() -> None:
    log = sse(end="\r\n")
    last = log.rindex(b"data:")
    for at in range(1, len(log) - 2):
        verdict = judged(log[:at])
        assert not verdict.right, at
        if at < last:
            assert verdict.outcome is None, at
    # Only the LF of the last line is missing: by then the event is whole.
    assert judged(log[:-1]).right


def test_cut_within_an_event_is_said_so() -> None:
    log = sse()
    assert found(log[:-1]) == [("missing_end", "unfinished")]
    assert found(log[: log.rindex(b"data:")]) == [("missing_end", "")]


def test_heads_before_the_last_one_are_passed_over() -> None:
    before = b"HTTP/1.1 200 Connection established\r\n\r\n" + head(100) + head(307)
    one = seen(before + head() + sse())
    assert (kinds(one.timeline), one.noticed) == (DUE, ())
    assert one.glimpse is not None
    assert one.glimpse.status == 200
    assert one.lines[0] == (before + head()).count(b"\n") + 1


@pytest.mark.parametrize(
    ("log", "due"),
    [
        (head(content_type="text/plain") + sse(), [("wrong_content_type", "")]),
        (head(401) + b'{"error": {"message": "no key"}}', [("refused", "no access")]),
        (head(503), [("refused", "server failed")]),
        (head(200), [("missing_end", "empty")]),
        (b"<!doctype html><title>Login</title>", [("wrong_content_type", "html page")]),
        (b'{"error": {"message": "overloaded"}}', [("refused", "json error")]),
        (b'{\n "choices": [{}]\n}\n', [("wrong_content_type", "not streamed")]),
        (b": ping\n\n: ping\n\n", [("missing_end", "empty")]),
        (sse([("", {"type": "RUN_STARTED"})]), [("out_of_order", "another protocol")]),
    ],
)  # fmt: skip
def test_what_is_no_stream_is_named(log: bytes, due: list[tuple[str, str]]) -> None:
    assert [one for one in found(log) if one[1] == due[0][1]] == due
    (said, *_) = (one for one in judged(log).violations if one.about == due[0][1])
    assert "None" not in said.message


def test_compressed_body_is_read_as_the_head_says() -> None:
    one = seen(head(content_encoding="gzip") + gzip.compress(sse()))
    assert kinds(one.timeline) == DUE


def test_event_without_an_end_is_no_stream() -> None:
    endless = (b"data: " + b"x" * 65_536 for _ in range(MOST_PENDING // 65_536 + 1))
    with pytest.raises(CouldNotRun, match="no stream of events"):
        read_stream_log(endless)
