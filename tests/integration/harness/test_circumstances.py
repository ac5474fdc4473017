"""A failing test says what to look at: its timeline, both clocks, the load, the stolen time."""

from pathlib import Path

from tests.integration.harness.inner import run

FAILING = """
class Viewer:
    def __init__(self):
        self.timeline = [f"event-{number}" for number in range(250)]


def judge(viewer):
    timeline = ["other-event"]
    assert len(viewer.timeline) == len(timeline)


def test_passing():
    pass


def test_failing():
    viewer = Viewer()
    judge(viewer)
"""


def test_a_failing_test_prints_its_circumstances(tmp_path: Path) -> None:
    """By way of a process of xdist, as in `make test`."""
    printed = run(tmp_path, {"tests/unit/test_one.py": FAILING}, "-n1", "-rA").stdout
    for said in ("wall clock", "monotonic clock", "load average", "steal ", "idle "):
        assert said in printed, printed
    assert "timeline: viewer" in printed
    assert "'event-0'" in printed
    assert "… and 50 more" in printed
    assert "'other-event'" in printed
    assert printed.count("wall clock") == 1, "a test that passes prints nothing"
