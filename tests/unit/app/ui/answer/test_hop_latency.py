"""Hops: what each part of the way added, where it can be known."""

from tokentape.ui.answer.hop_latency import Painting, hops_of, paintings_of
from tokentape.ui.answer.mock_script import Frame, Played
from tokentape.ui.answer.verdict_view import ExpectedText

MS = 1_000_000
READS = [(2, 12 * MS), (4, 33 * MS)]
FRAMES = (Frame(9 * MS, 10 * MS, 2), Frame(29 * MS, 30 * MS, 4))
PAINTINGS = [Painting(1, 15 * MS), Painting(3, 20 * MS), Painting(4, 48 * MS)]
NO_SCRIPT = Played(ExpectedText(None))


def told(played: Played, start: int = 0) -> dict[str, tuple[float, float]]:
    hops = hops_of(READS, played, PAINTINGS, start)
    return {hop.name: (hop.p50_ms, hop.p99_ms) for hop in hops}


def test_the_way_is_told_by_its_parts() -> None:
    assert told(Played(ExpectedText("abcd"), FRAMES, exact=True)) == {
        "mock → app": (2.0, 3.0),
        "app → page": (8.0, 15.0),
        "mock → page": (10.0, 18.0),
    }


def test_without_a_ledger_the_page_s_part_alone_is_known() -> None:
    assert set(told(NO_SCRIPT)) == {"app → page"}
    assert set(told(Played(ExpectedText("abcd"), FRAMES, exact=False))) == {"app → page"}
    assert set(told(Played(ExpectedText("abcd"), FRAMES[:1], exact=True))) == {"app → page"}


def test_what_was_there_before_the_page_came_is_not_counted() -> None:
    assert told(NO_SCRIPT, start=2) == {"app → page": (15.0, 15.0)}


def test_a_page_that_painted_nothing_has_no_part() -> None:
    assert hops_of(READS, NO_SCRIPT, []) == ()
    assert hops_of([], NO_SCRIPT, PAINTINGS) == ()


def test_what_a_page_tells_is_read_with_suspicion() -> None:
    wild = [[1, 2.5], [3], "x", [None, 1], [1, "2"], [2, float("inf")], [2, 1e300], [4, 7]]
    assert paintings_of(wild) == [Painting(1, 2_500_000), Painting(4, 7 * MS)]
    assert paintings_of({"not": "a list"}) == []
