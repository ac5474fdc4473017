"""Looking at a real server's statistics: with its token, once a moment, and what is in the way."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from tests.integration.app.serving import serving, settings_for, watched
from tests.integration.app.upstream import playing, said
from tokentape.client.turn import Turn
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.monitor.poller import EVERY_S, Poller, Unwatchable

TOKEN = SecretStr("for-admins")


class Clock:
    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


async def test_what_was_answered_between_two_looks_is_seen(tmp_path: Path) -> None:
    clock = Clock()
    watching = Poller(TOKEN, clock)
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, admin_token="for-admins")) as app,
    ):
        await watching.poll(app.url)
        async with app.viewer(CONTRACTS["ai-chat/sse"]) as viewer:
            await watched(viewer, Turn(message="Hello"))
        await watching.poll(app.url)
        assert len(watching.moments) == 1, "two looks at the same moment are one"
        clock.now_s += EVERY_S
        await watching.poll(app.url)
    assert watching.moments[-1]["completed"] == 1
    assert watching.latest is not None
    assert watching.latest.rows["ai-chat"]["starts"] == 1


async def test_what_is_in_the_way_is_said(tmp_path: Path) -> None:
    async with serving(settings_for(tmp_path, "http://127.0.0.1:9", admin_token="other")) as app:
        with pytest.raises(Unwatchable, match="answers 401"):
            await Poller(TOKEN).poll(app.url)
        with pytest.raises(Unwatchable, match="with ADMIN_TOKEN"):
            await Poller(None).poll(app.url)
    with pytest.raises(Unwatchable, match="does not tell"):
        await Poller(TOKEN).poll(app.url)
