"""What is counted agrees with what was done, in every dialect."""

from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.app.changes import until
from tests.integration.app.doors import door, spelled
from tests.integration.app.serving import SECRET, for_anybody, serving, settings_for, watched
from tests.integration.app.upstream import (
    DONE,
    HEAD,
    Hold,
    Script,
    chunk,
    finish,
    playing,
    said,
    usage,
)
from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.client.viewer import run_of
from tokentape.contract.contract import Contract

ALICE = sign(SECRET, "alice", 86_400, {})
ADMIN = {"Authorization": "Bearer for-admins"}
HELLO = Turn(message="Hello")
COUNTED: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), usage(12), DONE]
LIMITS = {"rate_limit_authenticated": "1/15 minutes"}


@for_anybody
async def test_statistics_agree_with_what_was_done(contract: Contract, tmp_path: Path) -> None:
    dialect = contract.dialect
    socket = contract.transport != "sse"
    scripts: list[Script] = [COUNTED, [HEAD, chunk("a")], [HEAD, chunk("a"), Hold()], said("x")]
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(tmp_path, upstream.url, admin_token="for-admins", **LIMITS)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=ADMIN, trust_env=False) as http,
    ):

        async def stats() -> dict[str, Any]:
            told: dict[str, Any] = (await http.get("/admin/stats")).json()
            return told

        async with app.viewer(contract) as viewer, app.viewer(contract) as second:
            async for seen in viewer.ask(HELLO):
                if seen.text == "a":
                    during = await stats()
                    upstream.released.set()
            assert during["running"] == {dialect: 1}
            assert during["viewers"] == {contract.transport: 1}
            if socket:
                assert during["connections"][contract.namespace] == 2
            async for _ in second.resume(run_of(viewer) or "", 0, HELLO):
                pass
            await watched(viewer, HELLO)  # truncated
            upstream.released.clear()
            async for seen in viewer.ask(HELLO):
                if seen.text == "a":
                    await viewer.stop()
        for _ in range(2):  # of which the second is one too many
            turn = Turn(message="Hi", user="alice", token=ALICE)
            async with door(app.url, contract, token=ALICE) as one:
                await one.start(spelled(contract, turn))
        open_ = app.app.core.metrics.connections.labels(contract.namespace)
        await until(lambda: not socket or open_._value.get() == 0)
        told = await stats()
        assert told["starts"] == {dialect: 4}
        assert told["endings"] == {dialect: {"completed": 2, "failed": 1, "stopped": 1}}
        assert told["tokens"] == {dialect: 12 + 4}
        assert told["firstToken"][dialect]["count"] == 4
        assert told["gaps"][dialect]["count"] >= 1
        assert told["gaps"][dialect]["meanMs"] > 0
        assert told["resumes"] == {dialect: 1}
        assert told["rateLimited"] == 1
        assert told["running"] == {dialect: 0}
        assert told["viewers"] == {contract.transport: 0}
        assert told["slowViewersDropped"] == {}
        lines = (await http.get("/metrics")).text.splitlines()
        for line in (
            f'tokentape_starts_total{{dialect="{dialect}"}} 4.0',
            f'tokentape_endings_total{{code="",dialect="{dialect}",kind="completed"}} 2.0',
            f'tokentape_endings_total{{code="UPSTREAM_TRUNCATED",dialect="{dialect}",'
            'kind="failed"} 1.0',
            f'tokentape_endings_total{{code="requested",dialect="{dialect}",kind="stopped"}} 1.0',
            f'tokentape_first_token_seconds_count{{dialect="{dialect}"}} 4.0',
            "tokentape_rate_limited_total 1.0",
        ):
            assert line in lines


@pytest.mark.parametrize(
    "given",
    [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "for-admins"}, {"X-Token": "x"}],
)
async def test_statistics_are_for_admins_alone(given: dict[str, str], tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, admin_token="for-admins")) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        answer = await http.get("/admin/stats", headers=given)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, "UNAUTHORIZED")


async def test_without_an_admin_token_statistics_are_closed(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        for bearer in ("", "None", "null"):
            head = {"Authorization": f"Bearer {bearer}".strip()}
            assert (await http.get("/admin/stats", headers=head)).status_code == 401
