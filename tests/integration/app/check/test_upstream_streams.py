"""Every stream of the corpus as `tokentape check --dialect openai` judges it, over HTTP."""

from dataclasses import replace

import pytest

from tests.upstream_streams.player import playing
from tests.upstream_streams.streams import KINDS, Stream, streams_of
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_habits import accepting

each_kind = pytest.mark.parametrize("kind", KINDS)
SILENCE_S = 45.0
"""The longest silence; the streams' own clock passes it."""


async def checked(stream: Stream, contract: Contract = CHAT) -> Report:
    """As the command does it, with more time to look on, for a busy machine."""
    async with playing(stream) as player:
        wanted = read_config(
            url=player.url, contract=contract, message="Hello", silence_s=SILENCE_S
        )
        return await check(replace(wanted, linger_s=5.0))


def found_in(report: Report) -> list[str]:
    """The violations of its one answer, with the cause where it is known."""
    return [
        f"{one.kind} ({one.about})" if one.about else one.kind
        for finding in report.results
        for one in finding.verdict.violations
    ]


def told_by(report: Report) -> str:
    """All that it says of its one answer."""
    messages = [v.message for finding in report.results for v in finding.verdict.violations]
    return "\n".join([*messages, report.stopped_short or ""])


def judge(stream: Stream, report: Report) -> None:
    """Hold what it says against what is noted."""
    due = stream.check
    assert (report.verdict, found_in(report)) == (due["verdict"], due.get("finds", [])), told_by(
        report
    )
    assert [word for word in due.get("says", ()) if word not in told_by(report)] == []
    if "accept" in due or stream.kind == "providers":
        accept = [name for one in report.results for name in one.would_accept]
        assert accept == due.get("accept", [])
    # What was asked may be repeated to who asked it; keys are nobody's to see.
    keys = [word for word in stream.relay.hides if word.startswith("sk-")]
    assert [key for key in keys if key in told_by(report)] == []


@each_kind
async def test_each_stream_gets_the_verdict_that_is_noted(
    kind: str, subtests: pytest.Subtests
) -> None:
    for stream in streams_of(kind):
        with subtests.test(stream.name):
            judge(stream, await checked(stream))
            if habits := stream.check.get("accept"):
                accepted = await checked(stream, accepting(habits))
                assert accepted.verdict == "right", told_by(accepted)
