"""Frames are read by a contract, and the figures of a timeline are functions of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.contract.contract import Contract, Json, Kind, RequestTemplate
from tokentape.contract.timeline import (
    Latency,
    Malformed,
    Seen,
    as_json,
    latency_of,
    percentile,
    see,
    text_of,
)
from tokentape.dialects.contracts import CONTRACTS

MS = 1_000_000
SSE = CONTRACTS["ai-chat/sse"]
GATEWAY = CONTRACTS["ai-gateway/socketio"]
NAMED_SSE = Contract(
    dialect="named",
    transport="sse",
    start=RequestTemplate(method="POST", path="/"),
    kinds=(Kind(name="chunk", event="chunk", text="content"), Kind(name="end", end="completed")),
    order={"opened": {"chunk": "opened", "end": "closed"}, "closed": {}},
)


def texts_at(*offsets_ms: int, text: str = "x") -> list[Seen]:
    return [Seen(at_ns=ms * MS, kind="chunk", event="", payload={}, text=text) for ms in offsets_ms]


def test_frame_is_read_into_its_parts() -> None:
    payload = {"content": "Oslo", "sessionId": "s", "runId": "r", "seq": 3}
    assert see(SSE, "", payload, at_ns=5, read=2) == Seen(
        5, "chunk", "", payload, text="Oslo", run="r", seq=3, read=2
    )


def test_terminal_frame_tells_its_outcome_and_code() -> None:
    seen = see(GATEWAY, "chat:error", {"message": "no", "code": "BUSY"}, at_ns=1)
    assert (seen.kind, seen.end, seen.code, seen.text) == ("chat:error", "failed", "BUSY", None)


def test_unknown_frame_keeps_its_place_and_payload() -> None:
    seen = see(GATEWAY, "chat:strange", {"runId": "r", "seq": 4}, at_ns=1)
    assert (seen.kind, seen.event, seen.run, seen.seq) == (None, "chat:strange", "r", 4)


@pytest.mark.parametrize(
    ("event_id", "place"),
    [
        ("r:12", ("r", 12)),
        ("urn:uuid:r:0", ("urn:uuid:r", 0)),
        ("", (None, None)),
        ("12", (None, None)),
        ("r:", (None, None)),
        ("r:-1", (None, None)),
        ("r:²", (None, None)),
        ("r:" + "9" * 5000, (None, None)),
    ],
)
def test_place_is_read_from_the_event_id_where_the_payload_has_none(
    event_id: str, place: tuple[str | None, int | None]
) -> None:
    seen = see(SSE, "", {"content": "x"}, at_ns=0, event_id=event_id)
    assert (seen.run, seen.seq) == place


def test_payload_is_believed_before_the_event_id() -> None:
    seen = see(SSE, "", {"content": "x", "runId": "r", "seq": 0}, at_ns=0, event_id="other:9")
    assert (seen.run, seen.seq) == ("r", 0)


@pytest.mark.parametrize("wrong", [None, True, "3", 3.0, [], {}])
def test_mistyped_fields_are_absent(wrong: Json) -> None:
    payload = {"content": [], "sessionId": "s", "runId": 5, "seq": wrong}
    seen = see(SSE, "", payload, at_ns=0)
    assert (seen.kind, seen.text, seen.run, seen.seq) == ("chunk", None, None, None)


@pytest.mark.parametrize("contract", [SSE, NAMED_SSE], ids=lambda contract: contract.key)
def test_malformed_frame_is_of_no_kind_whatever_its_event_is_called(contract: Contract) -> None:
    seen = see(contract, "chunk", Malformed("{", "not JSON"), at_ns=0)
    assert (seen.kind, seen.text, seen.end) == (None, None, None)


def test_figures_of_an_answer() -> None:
    timeline = [
        Seen(at_ns=110 * MS, kind="started", event="", payload={}),
        *texts_at(300, 320, 350),
        Seen(at_ns=360 * MS, kind="done", event="", payload={}, end="completed"),
    ]
    assert latency_of(timeline, started_ns=100 * MS) == Latency(
        first_event_ns=10 * MS,
        first_token_ns=200 * MS,
        gaps_ns=(20 * MS, 30 * MS),
        per_token_ns=25 * MS,
        last_text_ns=250 * MS,
        end_ns=260 * MS,
        texts=3,
    )
    assert latency_of(timeline, 0).texts_per_second == 40.0


def test_figures_that_do_not_exist_are_none_and_never_zero() -> None:
    nothing = latency_of([], 5)
    assert nothing == Latency(None, None, (), None, None, None, 0)
    assert nothing.texts_per_second is None
    one = latency_of(texts_at(7), 0)
    assert (one.first_token_ns, one.gaps_ns, one.per_token_ns) == (7 * MS, (), None)


def test_empty_pieces_of_text_are_no_tokens() -> None:
    timeline = [*texts_at(1, text=""), *texts_at(5, 9)]
    assert latency_of(timeline, 0).first_token_ns == 5 * MS
    assert latency_of(timeline, 0).texts == 2


def test_texts_that_came_all_at_once_have_no_rate() -> None:
    assert latency_of(texts_at(5, 5, 5), 0).texts_per_second is None


@pytest.mark.parametrize(
    ("percent", "value"), [(0, 1), (1, 1), (50, 5), (51, 6), (90, 9), (99, 10), (100, 10)]
)
def test_percentile_is_the_nearest_rank(percent: float, value: int) -> None:
    assert percentile([10, 3, 1, 2, 9, 8, 4, 5, 7, 6], percent) == value


def test_percentile_of_no_values_is_none() -> None:
    assert percentile([], 50) is None


@given(st.lists(st.integers(), min_size=1), st.floats(0, 100))
def test_percentile_is_one_of_the_values_and_grows(values: list[int], percent: float) -> None:
    value = percentile(values, percent)
    assert value in values
    assert min(values) == percentile(values, 0)
    assert max(values) == percentile(values, 100)
    assert sum(v <= value for v in values) * 100 >= percent * len(values) * (1 - 1e-12)


@given(st.lists(st.integers(0, 10**6), min_size=2))
def test_gaps_add_up_to_the_time_between_first_and_last_text(offsets: list[int]) -> None:
    timeline = texts_at(*sorted(offsets))
    latency = latency_of(timeline, 0)
    assert latency.first_token_ns is not None
    assert latency.last_text_ns == latency.first_token_ns + sum(latency.gaps_ns)


def test_text_is_what_the_pieces_say() -> None:
    assert text_of([*texts_at(1, text="Os"), *texts_at(2, text=""), *texts_at(3, text="lo")]) == (
        "Oslo"
    )


def test_saved_line_has_offset_kind_place_and_payload() -> None:
    payload = {"content": "x", "runId": "r", "seq": 1}
    seen = see(SSE, "", payload, at_ns=1_234_567, read=4)
    assert as_json(seen, started_ns=1_000_000) == {
        "offset_ms": 0.235,
        "kind": "chunk",
        "event": "",
        "seq": 1,
        "run": "r",
        "read": 4,
        "payload": payload,
    }


def test_saved_malformed_frame_keeps_what_came() -> None:
    line = as_json(see(SSE, "", Malformed("{", "not JSON"), at_ns=0), 0)
    assert line["payload"] == {"raw": "{", "problem": "not JSON"}
