"""A stream gets one verdict: over HTTP, and as the file that `curl -N` would have printed."""

import asyncio
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from tests.harness.chance import by_chance, seeds
from tests.integration.app.check.faulty import Faulty, Frame, faulty
from tests.unit.app.contract.lawful.protocols import PROTOCOLS, Protocol
from tests.unit.app.contract.mutated import Stream, body, mutated
from tokentape.check.config import CheckConfig
from tokentape.check.recordings.formats import read_recording
from tokentape.check.result import AnswerResult, judge_answer
from tokentape.check.runner import check

STREAMS = 12
"""Of each protocol."""
FOUND_SEEDS = (24202177,)
"""Seeds of streams that once got two verdicts: one calls a tool and has a text."""

Found = list[tuple[str, int]]


def found_in(results: tuple[AnswerResult, ...]) -> Found:
    (one,) = results
    return [(broken.kind, broken.index) for broken in one.verdict.violations]


async def over_http(protocol: Protocol, stream: Stream) -> Found:
    frames = [Frame(one.name, one.payload, raw=one.data) for one in stream]
    async with faulty(Faulty(protocol.contract, frames)) as server:
        wanted = CheckConfig(
            url=server.url, contract=protocol.contract, order_only=True, linger_s=0.05
        )
        return found_in((await check(wanted)).results)


def from_file(protocol: Protocol, stream: Stream, file: Path) -> Found:
    file.write_text(body(stream))
    recording = read_recording(str(file), protocol.contract, "sse", None)
    config = CheckConfig(
        url=file.name, contract=protocol.contract, order_only=True, recorded=True, file=str(file)
    )
    return found_in(tuple(judge_answer(config, one, None) for one in recording.answers))


def blind(protocol: Protocol) -> Protocol:
    """The protocol without what a request says: a file has none, and these streams were made
    without one."""
    unasked = (life for life in protocol.contract.lives if not life.only_asked)
    lives = tuple(replace(life, numbered_to=None, known_as=None) for life in unasked)
    documents = tuple(replace(one, begins_as=None) for one in protocol.contract.documents)
    contract = replace(protocol.contract, must_echo={}, lives=lives, documents=documents)
    assert not contract.reads_request
    return replace(protocol, contract=contract)


@by_chance
@pytest.mark.parametrize("name", PROTOCOLS)
async def test_a_stream_gets_the_same_verdict_from_a_file_and_over_http(
    name: str, tmp_path: Path
) -> None:
    protocol = blind(PROTOCOLS[name])
    numbers = (*FOUND_SEEDS, *seeds(STREAMS))
    made = (mutated(protocol, Random(f"{name}/{number}")) for number in numbers)
    streams = [stream for stream in made if stream]  # a file needs something in it
    served = await asyncio.gather(*(over_http(protocol, stream) for stream in streams))
    for stream, found in zip(streams, served, strict=True):
        assert from_file(protocol, stream, tmp_path / "it.txt") == found, body(stream)
    assert len([found for found in served if found]) > STREAMS / 2
