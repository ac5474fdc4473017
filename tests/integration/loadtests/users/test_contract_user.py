"""The one Locust user, in a process of its own: Locust patches sockets where it is imported."""

import subprocess
import sys

BETWEEN_TWO_ANSWERS = """
from locust.env import Environment
from tokentape_load.locustfile import CLASSES

user = CLASSES["ai-chat/sse"](Environment(host="http://127.0.0.1:1"))
for state in ("running", "waiting", "stopping"):
    user._state = state
    print(state, user.stop(), user._state)
"""


def test_who_is_between_two_answers_ends_by_themselves() -> None:
    """Locust's own way kills them, though the next answer may have begun by then: it would be one
    that never ended, of a run that had its time."""
    ran = subprocess.run(
        [sys.executable, "-c", BETWEEN_TWO_ANSWERS],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.splitlines() == [
        "running False stopping",
        "waiting False stopping",
        "stopping False stopping",
    ], ran.stderr
