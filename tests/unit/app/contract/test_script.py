"""Reading the mock's journal, and what the server added to the mock's times."""

from dataclasses import replace

from tests.unit.loadtests.answers import MS, WORDS, seen, told
from tokentape.contract.script import Script, added_ns, script_of


def script(*, first_ms: int = 195, gap_ms: int = 20) -> Script:
    return told(first_ms=first_ms, gap_ms=gap_ms).script


ENTRY = {
    "text": "One two",
    "chunks": ["One", " two"],
    "started_ns": 5,
    "frames": [
        {"due_ns": 10, "written_ns": 11, "kind": "role"},
        {"due_ns": 10, "written_ns": 12, "kind": "content"},
        {"due_ns": 30, "written_ns": 33, "kind": "content"},
        {"due_ns": 30, "written_ns": 33, "kind": "finish"},
    ],
}


def test_a_journal_entry_gives_text_and_write_times() -> None:
    found = script_of(ENTRY)
    assert (found.text, found.chunks) == ("One two", ("One", " two"))
    assert found.written_ns == (12, 33)
    assert found.asked_ns == 5


def test_a_stream_cut_short_has_only_the_frames_that_were_written() -> None:
    frames = [
        {"due_ns": 10, "written_ns": 12, "kind": "content"},
        {"due_ns": 30, "written_ns": None, "kind": "content"},
    ]
    found = script_of({**ENTRY, "frames": frames})
    assert found.written_ns == (12,)
    assert not found.timed


def test_what_was_added_is_each_chunks_time_from_write_to_read() -> None:
    assert added_ns(script(first_ms=195), seen(first_ms=200)) == (5 * MS,) * 4


def test_joined_chunks_are_measured_from_the_write_of_their_last_one() -> None:
    joined = seen(("Once upon ", "a time."), first_ms=220, gap_ms=40)
    assert added_ns(script(first_ms=195), joined) == (5 * MS, 5 * MS)


def test_split_chunks_are_all_measured_from_the_write_of_theirs() -> None:
    split = seen(("On", "ce ", "upon ", "a ", "time."), first_ms=200, gap_ms=0)
    assert added_ns(script(first_ms=195, gap_ms=0), split) == (5 * MS,) * 5


def test_another_text_than_the_scripts_has_no_measure() -> None:
    assert added_ns(script(), seen(WORDS[:-1])) == ()


def test_frames_that_a_fault_added_or_took_leave_no_measure() -> None:
    assert added_ns(replace(script(), written_ns=script().written_ns[1:]), seen()) == ()


def test_a_read_a_moment_before_the_write_was_stamped_counts_as_nothing_added() -> None:
    assert added_ns(script(first_ms=201), seen(first_ms=200)) == (0,) * 4


def test_the_clock_of_another_host_leaves_no_measure() -> None:
    assert added_ns(script(first_ms=5_000), seen(first_ms=200)) == ()
