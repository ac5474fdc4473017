"""Every stream of the corpus as `tokentape check --dialect openai` judges it, over HTTP."""

from dataclasses import replace

import pytest

from tests.upstream_streams.player import playing
from tests.upstream_streams.streams import Stream, all_streams
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.contract.openai import CHAT, SUCCESSES
from tokentape.contract.violations import CAUSES, VIOLATION_KINDS

SILENCE_S = 45.0
"""The longest silence; the streams' own clock passes it."""


async def checked(stream: Stream) -> Report:
    """As the command does it, with more time to look on, for a busy machine."""
    async with playing(stream) as player:
        wanted = read_config(url=player.url, contract=CHAT, message="Hello", silence_s=SILENCE_S)
        return await check(replace(wanted, linger_s=5.0))


def found_in(report: Report) -> list[str]:
    """The violations of its one answer, with the cause where it is known."""
    return [
        f"{one.kind} ({one.about})" if one.about else one.kind
        for finding in report.findings
        for one in finding.verdict.violations
    ]


def told_by(report: Report) -> str:
    """All that it says of its one answer."""
    messages = [v.message for finding in report.findings for v in finding.verdict.violations]
    return "\n".join([*messages, report.stopped_short or ""])


each_stream = pytest.mark.parametrize("stream", all_streams(), ids=lambda stream: stream.name)


@each_stream
async def test_each_stream_gets_the_verdict_that_is_noted(stream: Stream) -> None:
    report = await checked(stream)
    due = stream.check
    assert (report.verdict, found_in(report)) == (due["verdict"], due.get("finds", [])), told_by(
        report
    )
    assert [word for word in due.get("says", ()) if word not in told_by(report)] == []
    # What was asked may be repeated to who asked it; keys are nobody's to see.
    keys = [word for word in stream.relay.hides if word.startswith("sk-")]
    assert [key for key in keys if key in told_by(report)] == []


@each_stream
def test_what_is_noted_holds_together(stream: Stream) -> None:
    """What no client reads whole is never right, nor is what the relay fails; a wrong stream has a
    reason, of the closed sets."""
    due = stream.check
    assert due["verdict"] in ("right", "wrong", "no verdict")
    assert (due["verdict"] == "wrong") == bool(due.get("finds"))
    if due["verdict"] == "right":
        # Comments are no work for the relay, and for the official client time.
        assert stream.relay.code in (None, "UPSTREAM_TIMEOUT") or stream.relay.stricter
        assert stream.client.code is None or due["lawful"]
        assert stream.client.finish in (*SUCCESSES, None)
    for one in due.get("finds", ()):
        kind, _, cause = one.removesuffix(")").partition(" (")
        assert kind in VIOLATION_KINDS
        assert cause in CAUSES
