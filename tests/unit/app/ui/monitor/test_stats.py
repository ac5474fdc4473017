"""What happened between two looks at the server's statistics."""

from tokentape.metrics import Metrics
from tokentape.ui.monitor.poller import EVERY_S, KEPT, PAUSE_S, Poller
from tokentape.ui.monitor.stats import Health, Sample, health, sample_of, since
from tokentape.ui.monitor.view import pieces


def counted(metrics: Metrics, at_s: float) -> Sample:
    """A sample of real statistics, as the server tells them."""
    return sample_of({**metrics.stats(), "stats": metrics.snapshot()}, at_s)


def some_metrics() -> Metrics:
    metrics = Metrics()
    metrics.starts.labels("ai-chat").inc(10)
    metrics.running.labels("ai-chat").set(2)
    metrics.endings.labels("ai-chat", "completed", "").inc(6)
    metrics.endings.labels("ai-chat", "failed", "UPSTREAM_LOST").inc(1)
    metrics.endings.labels("inference", "failed", "INTERNAL").inc(1)
    metrics.first_token_s.labels("ai-chat").observe(0.2)
    metrics.rate_limited.inc(3)
    metrics.slow_viewers.labels("sse").inc()
    metrics.viewers.labels("sse").set(4)
    return metrics


def test_a_sample_reads_what_the_server_counts() -> None:
    sample = counted(some_metrics(), 1.0)
    assert sample.levels == {"connections": 0, "running": 2, "viewers": 4}
    assert sample.counts == {
        "starts": 10, "tokens": 0, "limited": 3, "resumes": 0, "slow": 1,
        "upstream": 1, "completed": 6, "stopped": 0, "failed": 2,
    }  # fmt: skip
    assert sample.codes == {"UPSTREAM_LOST": 1, "INTERNAL": 1}
    assert sample.waited["first"] == (1.0, 200.0)
    assert sample.rows["ai-chat"]["completed"] == 6
    assert sample.rows["inference"]["failed"] == 1


def test_counts_become_rates_and_waits_become_means_of_what_is_new() -> None:
    metrics = some_metrics()
    before = counted(metrics, 1.0)
    metrics.starts.labels("ai-chat").inc(8)
    metrics.first_token_s.labels("ai-chat").observe(0.4)
    metrics.first_token_s.labels("inference").observe(0.6)
    moment = since(before, counted(metrics, 3.0))
    assert moment["starts"] == 4
    assert moment["completed"] == 0
    assert moment["first_ms"] == 500
    assert moment["gap_ms"] is None, "nothing came, so there is no gap"


def test_a_first_look_knows_levels_but_no_rates() -> None:
    moment = since(None, counted(some_metrics(), 1.0))
    assert moment["running"] == 2
    assert moment["starts"] is None


def test_counters_that_began_anew_are_a_hole_and_never_negative() -> None:
    moment = since(counted(some_metrics(), 1.0), counted(Metrics(), 2.0))
    assert moment["starts"] is None
    assert moment["first_ms"] is None
    assert moment["running"] == 0


def test_statistics_of_another_shape_are_read_as_far_as_they_go() -> None:
    odd = {"starts": ["?"], "endings": {"ai-chat": "?"}, "firstToken": 7, "rateLimited": None}
    assert sample_of(odd, 1.0).counts["starts"] == 0


def test_the_upstream_is_judged_by_the_last_minute() -> None:
    failing = {"completed": 3.0, "failed": 1.0, "upstream": 1.0}
    old = [{"at_s": float(at_s), **failing} for at_s in range(10)]
    new = [{"at_s": float(at_s), "completed": 2.0, "failed": 0.0} for at_s in range(100, 111)]
    assert health(old, 60) == Health(36, 9)
    assert health(new, 60) == Health(20, 0)
    assert health([], 60) == Health(0, 0)


def test_the_history_is_bounded_and_a_pause_is_a_hole() -> None:
    watching = Poller(None)
    for at_s in range(2 * KEPT):
        watching.add(Sample(at_s=float(at_s), counts={"starts": at_s}))
    assert len(watching.moments) == KEPT
    watching.add(Sample(at_s=2 * KEPT + PAUSE_S + 60, counts={"starts": 9_999}))
    assert [moment.get("starts") for moment in list(watching.moments)[-2:]] == [None, None]
    assert watching.moments[-2]["at_s"] == 2 * KEPT - 1 + EVERY_S


def test_names_from_elsewhere_are_text() -> None:
    evil = "<img src=x onerror=alert(1)>"
    told = pieces(Sample(at_s=1, codes={evil: 1}, rows={evil: {"starts": 1}}), [])
    assert "<img" not in "".join(told.values())
    assert "&lt;img" in told["dialects"]


def test_an_empty_server_is_shown_as_such() -> None:
    told = pieces(Sample(at_s=1), [{"at_s": 1.0}])
    assert "No answer ended in the last minute" in told["state"]
    assert "No dialect has been spoken yet" in told["dialects"]
    assert "No answer has failed" in told["codes"]
    assert "No values yet" in told["chart-2"]
    assert pieces(None, []) == {}
