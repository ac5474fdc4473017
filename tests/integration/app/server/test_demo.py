"""The demo with a mock of its own, a process beside it."""

from pathlib import Path

import pytest

from tokentape.server import demo
from tokentape.ui.mock_admin import Mock, MockFault, mock_of


async def test_a_token_that_is_set_for_the_mock_is_known_to_the_page(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (*demo.UPSTREAM_VARIABLES, demo.MOCK_TOKEN):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MOCK_ADMIN_TOKEN", "of-both")
    monkeypatch.setattr(demo, "FOLDER", tmp_path)
    with demo.demo_upstream() as upstream:
        mock = mock_of(demo.demo_settings(0, "127.0.0.1", upstream()))
        assert mock is not None
        assert (await mock.request("GET", "scenarios"))["scenarios"]
        with pytest.raises(MockFault, match="wants its admin token"):
            await Mock(mock.url).request("GET", "scenarios")
