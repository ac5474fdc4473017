"""A machine's date may be set while the mock serves: its times stand on another clock."""

from email.utils import parsedate_to_datetime
from pathlib import Path

import pytest

from tests.integration.mock_openai.conftest import chat, serving

# Python loads it before anything else: each look at the date is some ten years after the last.
JUMPING = """\
import time

real, looks = time.time, 0

def jumping():
    global looks
    looks += 1
    return real() + (1 + looks % 49) * 300_000_000

time.time, time.time_ns = jumping, lambda: int(jumping() * 1e9)
"""


def test_a_date_that_jumps_moves_no_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sitecustomize.py").write_text(JUMPING, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with serving() as served:
        answer = served.post(chat("Date? [[mock: tokens=20 first=1ms gap=1ms]]", stream=True))
        assert parsedate_to_datetime(answer.headers["date"]).year > 2030
        rows = served.wait("Date?", "finished")["frames"]
    assert all(0 <= row["written_ns"] - row["due_ns"] < 60_000_000_000 for row in rows)
