"""Locust's own web interface with our tab in it: a real run, looked at in a real browser."""

import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from e2e.servers import Stack, start


@pytest.fixture(scope="module")
def locust(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a load generator's page, which waits for its run to be started there."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    asked = {"users": 4, "dialects": "ai-chat", "host": stack.app.root, "mock": stack.mock.root}
    planted = {"journeys": "chat=1", "fault": "duplicate@3", "fault-every": 2, "web": port}
    options = [f"--{name}={value}" for name, value in {**asked, **planted}.items()]
    log: Path = tmp_path_factory.mktemp("locust") / "log"
    server = start([sys.executable, "-m", "tokentape_load", *options], log)
    try:
        yield server.url
    finally:
        server.stop(signal.SIGINT, 60, group=True)


async def test_first_tokens_gaps_and_violations_are_live_in_locust_s_page(
    page: Page, locust: str
) -> None:
    await page.goto(locust)
    ours = page.get_by_role("region", name="Tokentape", exact=True)
    await expect(page.get_by_role("button", name="Start")).to_be_visible()
    await expect(ours).to_be_hidden()
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("tab", name="Tokentape").click()
    await expect(ours.get_by_role("img", name="Time to first token")).to_be_visible()
    await expect(ours.get_by_role("img", name="Gaps between texts")).to_be_visible()
    contracts = ours.get_by_role("table", name="By contract")
    await expect(contracts.get_by_role("row", name="ai-chat/sse")).to_be_visible()
    violations = ours.get_by_role("table", name="Violations")
    await expect(violations.get_by_role("row", name="text_repeated").first).to_be_visible()
    await page.get_by_role("tab", name="Statistics").click()
    await expect(ours).to_be_hidden()
