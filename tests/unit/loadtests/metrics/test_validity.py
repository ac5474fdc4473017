"""A load generator that was the bottleneck is called that, and one that was not is not."""

from dataclasses import replace

from tests.unit.loadtests.made_results import finished
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.run_results import Calibrated, Moment
from tokentape_load.metrics.validity import reasons

MS = 1_000_000


def lag(typical_ms: int, n: int = 200) -> Histogram:
    histogram = Histogram()
    histogram.extend([typical_ms * MS] * n)
    return histogram


def found(**kwargs: object) -> list[str]:
    known = {"lag": lag(1), "series": (), "interval_s": 1.0, **kwargs}
    return list(reasons(**known))  # type: ignore[arg-type] # named above


def busy(seconds: int, of: int) -> tuple[Moment, ...]:
    return tuple(Moment(at_s=at, client_cpu=0.99 if at < seconds else 0.3) for at in range(of))


def test_a_calm_load_generator_is_believed() -> None:
    calm = finished()
    assert found(series=calm.series, calibration=calm.calibration, sent=100, users=5) == []


def test_a_late_loop_makes_a_run_invalid() -> None:
    (reason,) = found(lag=lag(61))
    assert "woke up to 61 ms late" in reason


def test_a_loop_that_is_halted_again_and_again_makes_a_run_invalid() -> None:
    throttled = lag(1, 40)
    throttled.extend([80 * MS] * 40)
    seconds = tuple(Moment(at_s=at) for at in range(5))
    assert "was stuck for 3.2 of 5 s" in found(lag=throttled, series=seconds)[0]
    hiccup = lag(1, 40)
    hiccup.add(200 * MS)
    assert found(lag=hiccup, series=seconds) == []


def test_a_core_that_is_full_for_long_makes_a_run_invalid_and_a_moment_of_it_does_not() -> None:
    assert "took a whole CPU core for 5 of 20 s" in found(series=busy(5, 20))[0]
    assert found(series=busy(2, 5)) == []
    assert found(series=busy(3, 20)) == []


def test_a_load_generator_that_works_or_waits_all_the_time_has_none_to_read_at_once() -> None:
    """Neither alone is too much: its own work, and waiting for others to do theirs."""
    one = Moment(at_s=0, client_cpu=0.77, client_waited=0.2, client_busy=0.97)
    assert "took its CPU core or waited for it for 8 of 8 s" in found(series=[one] * 8)[0]
    calm = replace(one, client_busy=0.8)
    assert found(series=[calm] * 8) == [], "the one and the other were not the same load generator"


def test_a_load_generator_that_others_keep_from_its_core_makes_a_run_invalid() -> None:
    kept = tuple(Moment(at_s=at, client_waited=0.4) for at in range(8))
    assert "had work and no core to do it on for 3.2 of 8 s" in found(series=kept)[0]
    shared = tuple(Moment(at_s=at, client_waited=0.9 if at < 2 else 0.0) for at in range(8))
    assert found(series=shared) == []
    assert found(series=tuple(Moment(at_s=at) for at in range(8))) == []


def test_starts_that_could_not_be_sent_make_a_run_invalid() -> None:
    assert "6 of 100 starts could not be sent" in found(sent=94, unsent=6)[0]
    assert found(sent=96, unsent=4) == []


def test_users_that_never_started_make_a_run_invalid() -> None:
    assert found(users=7, users_asked=9) == ["only 7 of 9 users had started when the run was over"]


def test_a_calibration_that_is_off_makes_a_run_invalid() -> None:
    (good, *_) = finished().calibration
    assert found(calibration=[good]) == []
    off: Calibrated = replace(good, error_p50_ms=12.0)
    assert "known times were seen 12.0 ms late" in found(calibration=[off])[0]
    assert "nothing came" in found(calibration=[replace(good, error_p50_ms=None)])[0]
