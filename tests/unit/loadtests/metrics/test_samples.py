"""Every answer's own times, in a file."""

from pathlib import Path

import orjson

from tests.unit.loadtests.answers import START_NS
from tests.unit.loadtests.metrics.test_collector import right
from tokentape_load.metrics.samples import Samples


def test_an_answer_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "samples"
    samples = Samples(path)
    samples.add(right())
    samples.close()
    line = orjson.loads(path.read_bytes())
    assert line["sent_at_ns"] == START_NS
    assert len(line["texts_at_ns"]) == len(line["gaps_ns"]) + 1
    assert samples.lost == ""


def test_a_full_disk_ends_the_samples_and_not_the_run() -> None:
    samples = Samples(Path("/dev/full"))
    for _ in range(1_000):
        samples.add(right())
    samples.close()
    assert samples.lost == "No space left on device"


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    samples = Samples(tmp_path / "nowhere" / "samples")
    samples.add(right())
    samples.close()
    assert samples.lost.endswith("nowhere/samples: No such file or directory")
