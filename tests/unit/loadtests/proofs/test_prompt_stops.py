"""What the proof of stops calls wrong."""

from typing import Any

import pytest

from tokentape.dialects.contracts import CONTRACTS
from tokentape_load.proofs.prompt_stops import Stop

CHAT = CONTRACTS["ai-chat/socketio"]
SENT_NS, ACKNOWLEDGED_NS = 1_000_000_000, 1_010_000_000


def stop(
    ends: list[str], text: str, entry: dict[str, Any] | None, *, moment_s: float = 0.1, ok: int = 1
) -> Stop:
    return Stop(CHAT, moment_s, SENT_NS, ACKNOWLEDGED_NS * ok, ends, text, entry)


def entry(state: str, ended_ns: int = ACKNOWLEDGED_NS + 5_000_000) -> dict[str, Any]:
    return {"state": state, "ended_ns": ended_ns, "text": "one two three"}


CLOSED, WHOLE = entry("client_closed"), entry("completed")
RIGHT = {
    "stopped midway": stop(["stopped"], "one ", CLOSED),
    "stopped before the upstream was asked": stop(["stopped"], "", None),
    "whole before the stop": stop(["completed"], "one two three", entry("completed", SENT_NS)),
    "stopped before it began": stop(["completed"], "one two three", WHOLE, moment_s=-0.1),
}
WRONG = {
    "was not acknowledged": stop(["stopped"], "one ", CLOSED, ok=0),
    "ends": stop(["stopped", "completed"], "one ", CLOSED),
    "acknowledged, and the whole answer followed": stop(["completed"], "one two three", WHOLE),
    "another text": stop(["stopped"], "two", CLOSED),
    "text from nowhere": stop(["stopped"], "one", None),
    "stopped what came after": stop(["stopped"], "one ", CLOSED, moment_s=-0.1),
}


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
def test_stop_that_held_is_right(right: Stop) -> None:
    assert right.fault is None


@pytest.mark.parametrize("fault", WRONG)
def test_stop_that_did_not_hold_is_told(fault: str) -> None:
    assert (WRONG[fault].fault or "").startswith(fault)


def test_time_to_the_upstreams_end_counts_from_the_stop() -> None:
    assert RIGHT["stopped midway"].closed_ms == 15.0
    assert RIGHT["whole before the stop"].closed_ms is None
    assert RIGHT["stopped before the upstream was asked"].closed_ms is None
