"""Recordings of a real mock's answers, over the wire."""

import asyncio
from collections.abc import Iterator

import pytest

from mock_openai.recording.recorded_exchange import Recorder
from mock_openai.settings import Settings
from tests.integration.mock_openai.conftest import serving
from tests.integration.mock_openai.served_here import served_here
from tests.unit.app.ui.scenarios.test_record_upstream import FILLED, REAL, TOKEN
from tokentape.ui.mock_admin import Mock, MockFault
from tokentape.ui.scenarios.record_upstream import record


async def test_a_mock_that_is_gone_is_told() -> None:
    with pytest.raises(MockFault, match="does not answer"):
        await Mock("http://127.0.0.1:1").request("GET", "scenarios")


async def test_a_mock_that_wants_its_token_is_shown_it_or_says_how(real: Mock) -> None:
    assert (await real.request("GET", "scenarios"))["scenarios"]
    assert TOKEN not in repr(real)
    with pytest.raises(MockFault, match="start this server with MOCK_ADMIN_TOKEN"):
        await Mock(real.url).request("GET", "scenarios")
    with pytest.raises(MockFault, match="does not take this server's MOCK_ADMIN_TOKEN"):
        await Mock(real.url, "another").request("GET", "scenarios")


async def test_a_recording_tells_how_far_it_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    came, note = asyncio.Event(), Recorder.note

    def noted(recorder: Recorder, data: bytes, at_ns: int) -> None:
        note(recorder, data, at_ns)
        came.set()

    monkeypatch.setattr(Recorder, "note", noted)
    async with served_here(Settings(admin_token=TOKEN)) as root:
        mock = Mock(root, TOKEN)
        given = {**FILLED, "Base URL": f"{root}/v1", "Message": "Hi [[mock: gap=1ms hold=3]]"}
        with pytest.raises(MockFault, match="No recording of this 'id' is under way"):
            await mock.request("GET", "record", params={"id": "mine"})
        recording = asyncio.create_task(record(mock, REAL, given, "mine"))
        async with asyncio.timeout(60):
            await came.wait()
        progress = await mock.request("GET", "record", params={"id": "mine"})
        assert progress["status"] == 200
        assert min(progress["writes"], progress["bytes"]) > 0
        with pytest.raises(MockFault, match="not in use"):
            await record(mock, REAL, given, "mine")
        held = (await mock.request("GET", "streams"))["streams"][0]["id"]
        await mock.request("POST", f"streams/{held}/release")
        made = await recording
        assert made["writes"] > 1
        assert made["status"] == 200


@pytest.fixture(scope="module")
def real() -> Iterator[Mock]:
    with serving("--admin-token", TOKEN) as mock:
        yield Mock(mock.root, TOKEN)
