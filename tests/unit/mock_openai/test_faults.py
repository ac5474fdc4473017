from collections.abc import Iterator
from dataclasses import replace
from random import Random

import pytest

from mock_openai.faults import FAULTS
from mock_openai.faults.apply import strike_all
from mock_openai.faults.place import read_place
from mock_openai.faults.reading import read_fault_mapping, read_fault_text
from mock_openai.plan.plan import Ending, Frame, Frames, Plan
from mock_openai.scenarios.replay import Recording
from mock_openai.text.work_limit import TooMuchWorkError, bounded_work

PLAN = Plan(
    frames=(
        Frame(10, b"r", "role"),
        Frame(10, b"0", "content", 0),
        Frame(20, b"1", "content", 1),
        Frame(30, b"2", "content", 2),
        Frame(30, b"f", "finish"),
        Frame(30, b"d", "done"),
    ),
    text="012",
    chunks=("0", "1", "2"),
)


def struck(*faults: str) -> Plan:
    return strike_all(PLAN, [read_fault_text(fault) for fault in faults], Random(1))


def wire(plan: Plan) -> bytes:
    return b"".join(frame.data for frame in plan.frames)


@pytest.mark.parametrize(
    ("fault", "sent", "ending", "end_ns", "violation"),
    [
        ("cut@0", b"r", "eof", 10, "missing_end"),
        ("cut@1", b"r0", "eof", 20, "missing_end"),
        ("cut@first", b"", "eof", 10, "missing_end"),
        ("cut@last", b"r012", "eof", 30, "missing_end"),
        ("cut@2:sever", b"r01", "sever", 30, "missing_end"),
        ("sever@2", b"r01", "sever", 30, "missing_end"),
        ("reset@1", b"r0", "reset", 20, "missing_end"),
        ("stall@2:forever", b"r01", "hang", 20, "missing_end"),
        ("duplicate@1", b"r0112fd", "complete", 30, "text_repeated"),
        ("lose@1", b"r02fd", "complete", 30, "text_lost"),
        ("no-finish", b"r012d", "complete", 30, "missing_end"),
        ("no-done", b"r012f", "complete", 30, "missing_end"),
    ],
)
def test_a_fault_leaves_exactly_these_frames(
    fault: str, sent: bytes, ending: Ending, end_ns: int, violation: str
) -> None:
    plan = struck(fault)
    assert (wire(plan), plan.ending, plan.last_ns) == (sent, ending, end_ns)
    assert [(placed.violation, placed.placed) for placed in plan.faults] == [(violation, True)]
    assert (plan.text, plan.chunks) == (PLAN.text, PLAN.chunks)


def test_a_stall_moves_all_that_follows() -> None:
    plan = struck("stall@1:5ms")
    assert [frame.due_ns for frame in plan.frames] == [10, 10, *[5_000_000 + d for d in (20, 30)],
                                                       5_000_030, 5_000_030]  # fmt: skip
    assert plan.faults[0].violation == "stalled"


def test_a_stall_before_the_first_chunk_makes_the_first_token_late() -> None:
    assert struck("stall@first:1s").faults[0].violation == "first_token_late"
    assert struck("stall@0:1s").faults[0].violation == "first_token_late"


def test_a_refusal_replaces_the_answer() -> None:
    plan = struck("refuse@request:429")
    assert plan.status == 429
    assert dict(plan.headers)["retry-after"] == "1"
    assert not plan.streamed
    assert b'"code": "rate_limit_exceeded"' in wire(plan)


def test_faults_strike_in_their_order() -> None:
    assert wire(struck("duplicate@0", "lose@2", "no-done")) == b"r001f"


def test_only_these_faults_move_content_chunks_to_other_places() -> None:
    moving = {name for name in FAULTS if struck(name).moved}
    assert moving == {"duplicate", "reorder", "lose", "late-chunk"}
    assert struck("lose@1", "keep-alive").moved
    assert not struck("lose@99").moved


class Looked(tuple[int | None, ...]):
    """Numbers that count how often somebody goes through all of them."""

    looks = 0

    def __iter__(self) -> Iterator[int | None]:
        self.looks += 1
        return super().__iter__()


def test_a_fault_that_leaves_the_frames_costs_no_look_at_them() -> None:
    dues, datas, kinds, chunks = Frames.of(PLAN.frames).columns
    looked = Looked(chunks)
    frames = Frames(dues, datas, kinds, looked)
    plan = strike_all(
        replace(PLAN, frames=frames), [read_fault_text("content-type")] * 50, Random(1)
    )
    assert plan.frames is frames
    assert (len(plan.faults), looked.looks) == (50, 0)


def test_faults_of_which_each_looks_at_all_frames_are_bounded_together() -> None:
    frames = tuple(Frame(i, b"x", "content", i) for i in range(20_000))
    plan = Plan(frames=frames, chunks=("x",) * len(frames))
    crlf = read_fault_text("crlf")
    with bounded_work():
        assert len(strike_all(plan, [crlf] * 12, Random(1)).faults) == 12
    with pytest.raises(TooMuchWorkError), bounded_work():
        strike_all(plan, [crlf] * 13, Random(1))


def test_a_fault_beyond_the_end_says_that_it_found_no_place() -> None:
    plan = struck("cut@99")
    assert wire(plan) == wire(PLAN)
    assert [placed.placed for placed in plan.faults] == [False]


@pytest.mark.parametrize("first", ["cut@byte1", "reset@byte1", "split@byte1", "cut@first"])
@pytest.mark.parametrize("second", sorted(FAULTS))
def test_what_an_earlier_fault_has_left_is_struck_or_is_no_place(first: str, second: str) -> None:
    whole = Plan(frames=(Frame(10, b'{"a": 1}', "body"),), streamed=False)
    for plan in (PLAN, whole):
        for at in ("", "@0", "@byte0", "@byte3", "@last"):
            try:
                faults = [read_fault_text(first), read_fault_text(second + at)]
            except ValueError:
                continue  # not there
            assert len(strike_all(plan, faults, Random(1)).faults) == 2


def test_a_random_place_is_seeded_and_named() -> None:
    assert struck("lose").faults == struck("lose@random").faults
    assert struck("lose").faults[0].at.startswith("chunk ")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("cutt@3", "did you mean 'cut'"),
        ("cut@x", "is not a place"),
        ("cut@3:softly", "eof, sever or reset"),
        ("stall@3:0", "above 0"),
        ("stall@3:soon", "not a duration"),
        ("refuse@request:200", "400 to 599"),
        ("lose@3:4", "takes no value"),
    ],
)
def test_a_wrong_fault_is_named(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        read_fault_text(text)


@pytest.mark.parametrize(
    "name",
    ["a b", "", "a\u00e4", "a:", "a(", "a/b",
     "content-length", "Content-Length", "transfer-encoding", "connection"],
)  # fmt: skip
def test_a_refusals_headers_are_names_and_do_not_frame_it(name: str) -> None:
    with pytest.raises(ValueError, match="refuse: header"):
        read_fault_text(f"refuse:503;{name}=1")
    with pytest.raises(ValueError, match="refuse: header"):
        read_fault_mapping({"refuse": {"status": 503, "headers": {name: 1}}})
    with pytest.raises(ValueError, match="recorded: header"):
        Recording.read({"headers": {name: 1}, "writes": []})


def test_the_mapping_and_the_text_say_the_same() -> None:
    pairs: list[tuple[dict[str, object], str]] = [
        ({"at": "chunk 7", "stall_ms": 3000}, "stall@7:3s"),
        ({"at": "chunk 12", "cut": "reset"}, "cut@12:reset"),
        ({"refuse": 503}, "refuse:503"),
        ({"at": "after last chunk", "reset": True}, "reset@last"),
    ]
    for mapping, text in pairs:
        assert read_fault_mapping(mapping) == read_fault_text(text)


def test_every_fault_has_a_name_an_effect_and_a_violation() -> None:
    for name, kind in FAULTS.items():
        fault = kind(read_place("chunk 1"))
        assert (kind.name, bool(kind.effect), bool(fault.violation)) == (name, True, True)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_names_the_values_that_it_takes_and_only_those(name: str) -> None:
    """The page's placeholder is this text: what it suggests must be taken."""
    taken = FAULTS[name].value
    if taken.startswith("an error code"):
        taken = taken.rpartition(" ")[2]
    for value in taken.replace(" or ", ", ").split(", ") if taken else ():
        read_fault_text(f"{name}@1:{value}")
    if not taken:
        for value in ("1", "2s", "eof", "text/html", "rate_limit_exceeded"):
            with pytest.raises(ValueError, match="takes no value"):
                read_fault_text(f"{name}@1:{value}")
