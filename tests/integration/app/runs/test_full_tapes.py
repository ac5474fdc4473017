"""Answers for which there is no room left: each ends with one error, and the others go on."""

from pathlib import Path

import pytest

from tests.integration.app.serving import SPOKEN, failing, serving, settings_for, watched
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.client.turn import Turn
from tokentape.client.viewer import verdict_of
from tokentape.contract.verdict import Expectation
from tokentape.runs.memory_tape import EVENT_BYTES

LONG = "x" * 20_000
HELD: Script = [HEAD, chunk(LONG), Hold(), chunk("more"), finish(), DONE]
GROWS: Script = [HEAD, chunk("a"), chunk(LONG), finish(), DONE]
HELLO = Turn(message="Hello")


@pytest.mark.parametrize("transport", ["sse", "socketio", "websocket"])
async def test_answer_that_would_go_over_what_all_may_take_ends_with_one_error(
    transport: str, tmp_path: Path
) -> None:
    contract = next(one for one in SPOKEN if one.transport == transport)
    room = len(LONG) + 16 * EVENT_BYTES  # for one of them, and for what stands around three
    async with (
        playing(HELD, GROWS, said("b")) as upstream,
        serving(settings_for(tmp_path, upstream.url, tapes_max_bytes=room)) as app,
        app.viewer(contract) as first,
        app.viewer(contract) as second,
    ):
        async for seen in first.ask(HELLO):
            if seen.text != LONG:
                continue
            failure = await failing(second, HELLO)
            assert (failure.code, failure.status) in (("INTERNAL", None), ("INTERNAL", 500))
            assert (await watched(second, HELLO, Expectation(text="b"))).violations == ()
            upstream.released.set()
        assert verdict_of(first, Expectation(text=LONG + "more")).violations == ()
