"""How a socket's answer came to have no end: silence on an open connection, or a lost one."""

import pytest

from tests.integration.app.check.faulty import Faulty, faulty, framed
from tests.unit.app.check.speakers import SPEAKERS, numbered
from tokentape.check.config import CheckConfig
from tokentape.check.runner import check

KEYS = [key for key, (contract, _) in SPEAKERS.items() if contract.transport != "sse"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    ("abort", "about", "words"),
    [
        (False, "silent", "and the connection stayed open"),
        (True, "lost", "the connection was lost before a terminal event"),
    ],
)
async def test_a_socket_that_falls_silent_or_is_lost_is_told_as_that(
    key: str, abort: bool, about: str, words: str
) -> None:
    contract, speak = SPEAKERS[key]
    frames = framed(numbered(contract, speak(["a ", "b"], "completed")))[:-1]
    async with faulty(Faulty(contract, frames, ["a ", "b"], abort=abort)) as server:
        silence_s = 5.0 if abort else 0.4
        report = await check(CheckConfig(url=server.url, contract=contract, silence_s=silence_s))
    (finding,) = report.results
    (violation,) = finding.verdict.violations
    assert (violation.kind, violation.index) == ("missing_end", len(frames))
    assert violation.about == about
    assert words in violation.message
