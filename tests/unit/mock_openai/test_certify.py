"""Lateness, verdict and plots from made-up listeners; one real climb of a single step."""

from array import array
from xml.etree import ElementTree

import pytest

from mock_openai.certify import ladder
from mock_openai.certify.command import _table, verdict
from mock_openai.certify.cpu_pinning import two_cores
from mock_openai.certify.ladder import Bound, Rung, trusted
from mock_openai.certify.lateness import Expected, Quantiles, late, quantiles
from mock_openai.certify.listener import StreamReads, ends
from mock_openai.certify.plot import lines, svg
from mock_openai.certify.requests import StreamPattern, expected

MS = 1_000_000
HEAD = b"HTTP/1.1 200 OK\r\nx-mock-started-ns: 1000\r\n\r\n"


def received(*reads: tuple[int, int], ended: bool = True) -> StreamReads:
    """Reads of (time after the start in ns, bytes of body so far)."""
    times = array("q", [1000 + ns for ns, _ in reads])
    totals = array("q", [len(HEAD) + octets for _, octets in reads])
    return StreamReads(HEAD + b"x" * reads[0][1], 400, times, totals, ended)


def test_lateness_is_arrival_less_due_of_each_write() -> None:
    found = late(received((1, 0), (12, 5), (30, 9)), Expected((10, 20, 25), (5, 7, 9)))
    assert found is not None
    assert (list(found.lateness_ns), found.wait_ns, found.whole) == ([2, 10, 5], 600, True)


@pytest.mark.parametrize(
    "one", [received((12, 5)), received((12, 9), ended=False), received((12, 9), (13, 10))]
)
def test_a_stream_that_came_otherwise_is_not_whole(one: StreamReads) -> None:
    found = late(one, Expected((10, 20), (5, 9)))
    assert found is not None
    assert not found.whole


def test_a_stream_that_never_began_has_no_lateness() -> None:
    assert late(StreamReads(), Expected((10,), (5,))) is None


@pytest.mark.parametrize(
    ("read", "last"),
    [
        (b"0\r\n\r\n", True),
        (b"5\r\nhello\r\n0\r\n\r\n", True),
        (b"HTTP/1.1 200 OK\r\nx-mock-started-ns: 10\r\n\r\n", False),
        (b"7\r\nhello\n\n\r\n", False),
    ],
)
def test_the_end_of_a_body_is_its_last_chunk(read: bytes, last: bool) -> None:
    assert ends(read) == last


def test_quantiles_are_samples() -> None:
    assert quantiles([]) is None
    assert quantiles(range(1000, -1, -1)) == Quantiles(500, 900, 990, 999, 1000)


def rung(streams: int, p99_ms: float, whole: int | None = None) -> Rung:
    arrived = Quantiles(MS // 10, MS, round(p99_ms * MS), 90 * MS, 100 * MS)
    return Rung(streams, streams * 50.0, arrived, {}, streams if whole is None else whole, 0.5, 10)


@pytest.mark.parametrize(
    ("rungs", "best"),
    [
        ([rung(1, 1), rung(10, 2), rung(100, 9)], 10),
        ([rung(1, 1), rung(10, 9), rung(100, 2)], 1),
        ([rung(1, 1), rung(10, 2)], 10),
        ([rung(1, 9)], None),
        ([rung(1, 1), rung(10, 1, whole=9)], 1),
    ],
)
def test_trusted_is_the_highest_load_that_holds_with_all_below(
    rungs: list[Rung], best: int | None
) -> None:
    found = trusted(rungs, Bound())
    assert (found.streams if found else None) == best


def test_the_verdict_names_the_load_and_what_lies_beyond() -> None:
    assert verdict([rung(1, 1), rung(10, 2), rung(100, 9)], Bound()) == (
        "To be trusted up to 10 streams of 50 frames/s (500 frames/s): p50 0.10 ms, p99 2.00 ms "
        "late (p50 within 1 ms, p99 within 5 ms). At 100 it is p99 9.0 ms."
    )
    assert verdict([rung(1, 1)], Bound()).endswith("More was not tried.")
    assert verdict([rung(1, 1), rung(10, 9, whole=8), rung(100, 2)], Bound()).endswith(
        "At 10 it is p99 9.0 ms, and 2 did not come whole."
    )
    assert verdict([rung(1, 9), rung(10, 2)], Bound()) == (
        "Not to be trusted here (p50 within 1 ms, p99 within 5 ms). At 1 it is p99 9.0 ms."
    )


def test_the_climb_ends_one_step_after_the_first_that_does_not_hold(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    late = {1: 1.0, 10: 9.0, 100: 2.0, 1000: 1.0}
    tried: list[int] = []

    def measure(streams: int, *_: object) -> Rung:
        tried.append(streams)
        return rung(streams, late[streams])

    monkeypatch.setattr(ladder, "measure", measure)
    rungs = list(ladder.climb(tuple(late), StreamPattern(1), two_cores(), Bound(), lambda *_: None))
    assert ([one.streams for one in rungs], tried) == ([1, 10, 100], [1, 10, 10, 10, 100])


def test_the_table_trusts_no_load_above_one_that_failed() -> None:
    rungs = [rung(1, 1), rung(10, 9), rung(100, 2)]
    assert list(_table(rungs, Bound()).columns[-1].cells) == ["yes", "no", "no: less failed"]


def test_the_plot_runs_from_p50_to_p99_on_a_logarithmic_axis() -> None:
    drawn = lines([rung(1, 1), rung(1_000, 100)], Bound(), width=51)
    assert drawn[1] == f"{1:>8} ✓{' ' * 10}●─────────○      ┊"
    assert drawn[2].endswith("─" * 29 + "○")


def test_the_svg_is_well_formed() -> None:
    drawn = svg([rung(1, 1), rung(10, 50)], Bound(), "late <&>")
    root = ElementTree.fromstring(drawn)  # noqa: S314 - our own text
    assert root.tag.endswith("svg")
    assert "trusted up to 1<" in drawn
    assert "trusted up to" not in svg([rung(1, 50)], Bound(), "late")


def test_what_is_expected_are_the_bytes_of_the_plan() -> None:
    [found] = expected([StreamPattern(tokens=3, gap_ms=1, first_ms=2).body(0)])
    assert found.dues_ns == (2 * MS, 3 * MS, 4 * MS)
    assert sorted(found.totals) == list(found.totals)
