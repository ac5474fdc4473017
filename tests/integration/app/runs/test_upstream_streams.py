"""The relay over the corpus of upstream streams: the right thing of each, over real HTTP."""

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.integration.app.serving import Served, every_contract, serving, settings_for, signed
from tests.upstream_streams.player import Player, playing
from tests.upstream_streams.streams import KINDS, Stream, stream_named, streams_of
from tokentape.client.factory import open_viewer
from tokentape.client.turn import Turn, TurnRefused
from tokentape.client.viewer import Viewer
from tokentape.contract.contract import Contract, pick
from tokentape.dialects.contracts import CONTRACTS

pytestmark = pytest.mark.asyncio(loop_scope="module")

INFERENCE = CONTRACTS["inference/sse"]
KEY = "sk-of-this-server-0123456789"
ONE_OF_EACH_KIND = (
    "openai-plain",
    "reason-network-error",
    "end-without-finish",
    "reset-in-mid-answer",
    "reset-after-the-finish",
    "silent-from-the-start",
    "reasoning-for-60-s",
    "ends-by-tool-calls",
    "refused-with-a-string",
    "refused-with-a-key",
    "rate-limited-with-retry-after",
    "error-event-in-mid-answer",
    "json-error-with-status-200",
    "html-with-status-502",
)


@dataclass(frozen=True, slots=True)
class Stack:
    """The app in front of the player of streams."""

    app: Served
    player: Player


@dataclass(frozen=True, slots=True)
class Ending:
    """What a caller got to see of an answer. `code` is None where it is completed."""

    text: str
    code: str | None
    words: str = ""
    """All that was said of a failure."""
    finish: str | None = None
    retry_after_s: float | None = None


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stack(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Stack]:
    folder: Path = tmp_path_factory.mktemp("relay")
    async with playing() as player:
        # A stream's quiet moves the loop's time on: nothing but the upstream's limits may strike.
        for_ever = dict.fromkeys(
            (
                "ping_interval_s",
                "ping_timeout_s",
                "request_timeout_s",
                "run_grace_s",
                "send_timeout_s",
                "tape_ttl_s",
                "websocket_ping_s",
            ),
            100_000,
        )
        settings = settings_for(
            folder, player.url, openai_api_key=KEY, default_model="m-1", **for_ever
        )
        async with serving(settings) as app:
            yield Stack(app, player)


async def ending_of(viewer: Viewer, message: str) -> Ending:
    """Ask, and look until the end."""
    try:
        async for _ in viewer.ask(Turn(message=message)):
            pass
    except TurnRefused as http:
        return Ending("", http.code, http.message, retry_after_s=http.retry_after_s)
    text = "".join(seen.text or "" for seen in viewer.timeline)
    payloads: list[Any] = [seen.payload for seen in viewer.timeline]
    ends = [seen for seen in viewer.timeline if seen.end]
    assert len(ends) == 1
    if ends[0].end == "completed":
        reasons = [pick(payload, "choices.0.finish_reason") for payload in payloads]
        return Ending(text, None, finish=next((one for one in reasons if one), None))
    last = [one for one in payloads if _values(one, "code")]
    waits = [one for payload in last for one in _values(payload, "retryAfter")]
    return Ending(text, ends[0].code, repr(last), retry_after_s=waits[-1] if waits else None)


def _values(payload: Any, name: str) -> list[Any]:
    """All values of that name, however deep."""
    if not isinstance(payload, dict):
        return []
    inner = [one for value in payload.values() for one in _values(value, name)]
    return [payload[name], *inner] if name in payload else inner


async def relayed(
    stack: Stack, stream: Stream, contract: Contract, caplog: pytest.LogCaptureFixture
) -> tuple[Ending, str]:
    """What a caller and what the log got of a stream."""
    stack.player.play(stream)
    viewer = open_viewer(
        stack.app.url, contract, token=None, read_timeout_s=10_000, headers=signed(contract)
    )
    with caplog.at_level(logging.DEBUG, "tokentape.upstream"):
        async with viewer:
            ending = await ending_of(viewer, "My name is Rumpelstiltskin, what is yours?")
    return ending, caplog.text


def judge(stream: Stream, ending: Ending, log: str) -> None:
    """Hold an ending against what is right."""
    due = stream.relay
    assert (ending.text, ending.code) == (due.text, due.code)
    assert ending.retry_after_s == due.retry_after_s
    assert [word for word in due.log if word not in log] == []
    hidden = [*due.hides, KEY, "Rumpelstiltskin"]
    assert [word for word in hidden if word in ending.words or word in log] == []
    assert bool(log) == (due.code is not None)


@pytest.mark.parametrize("kind", KINDS)
async def test_the_relay_says_the_right_thing(
    kind: str, stack: Stack, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    for stream in streams_of(kind):
        caplog.clear()
        with subtests.test(stream.name):
            ending, log = await relayed(stack, stream, INFERENCE, caplog)
            judge(stream, ending, log)
            assert ending.finish == stream.relay.finish
            assert [word for word in stream.relay.says if word not in ending.words] == []


@pytest.mark.parametrize(
    "name", ["open-after-finish-and-usage", "open-after-usage-in-the-finish", "open-after-done"]
)
async def test_an_answer_is_over_at_once_where_the_connection_stays_open(
    name: str, stack: Stack, caplog: pytest.LogCaptureFixture
) -> None:
    stream = stream_named(name)
    ending, _ = await relayed(stack, stream, INFERENCE, caplog)
    assert (ending.text, ending.code) == ("Hello", None)
    # The limits are 30 s; the loop's time moves on by 0.6 s a turn.
    await stack.player.left.wait()
    assert 0 < stack.player.open_s < 10


@every_contract
async def test_every_dialect_says_the_right_thing(
    contract: Contract, stack: Stack, caplog: pytest.LogCaptureFixture, subtests: pytest.Subtests
) -> None:
    for name in ONE_OF_EACH_KIND:
        stream = stream_named(name)
        caplog.clear()
        with subtests.test(name):
            ending, log = await relayed(stack, stream, contract, caplog)
            judge(stream, ending, log)
            assert [word for word in stream.relay.says if word not in ending.words] == []
