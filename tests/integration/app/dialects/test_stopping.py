"""Stopping all that a connection has asked for."""

from pathlib import Path

from tests.integration.app.rooms.guest import guest
from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing

HELD: Script = [HEAD, chunk("so far"), Hold(), finish(), DONE]


async def test_a_run_that_is_gone_meanwhile_keeps_no_other_from_being_stopped(
    tmp_path: Path,
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as ann,
    ):
        await ann.call("ai:chat", message="Hello")
        await ann.heard("ai:stream")
        (connection,) = app.app.core.sockets.connections.among("/")
        # As where its tape has gone while this slow client has not seen its end.
        connection.started = {"gone": "ai-chat", **connection.started}
        assert await ann.call("ai:stop") == {"ok": True}
        (over,) = await ann.heard("ai:complete")
        assert over["stopped"]
        refused = await ann.call("ai:stop", runId="gone")
        assert (refused["ok"], refused["code"]) == (False, "NOT_FOUND")
